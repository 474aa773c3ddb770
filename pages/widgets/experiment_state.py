"""What all pages with experiments share: the one conductor of this server.

Beside `state`, a module that touches Streamlit's caches.
"""

import streamlit as st

from core.experiments.conductor import Conductor
from pages.widgets import mode_state, state


def conductor() -> Conductor:
    """The one conductor of this server over its job manager, or that over the sample data."""
    return _conductor(mode_state.shown())


@st.cache_resource(show_spinner=False)
def _conductor(shown: str) -> Conductor:  # noqa: ARG001 - the key of the cache
    return Conductor(state.manager())
