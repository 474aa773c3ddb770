"""What all pages with experiments share: the one conductor of this server.

Beside `state`, a module that touches Streamlit's caches.
"""

import streamlit as st

from core.experiments.conductor import Conductor
from pages.widgets import state


@st.cache_resource(show_spinner=False)
def conductor() -> Conductor:
    """The one conductor of this server, over its one job manager."""
    return Conductor(state.manager())


def history_stamp() -> tuple[tuple[int, int], ...]:
    """Changes with every write to the history, whichever process wrote: a key for caches."""
    path = state.manager().history.path
    files = (path, path.with_name(f"{path.name}-wal"))
    stats = [file.stat() for file in files if file.exists()]
    return tuple((found.st_mtime_ns, found.st_size) for found in stats)
