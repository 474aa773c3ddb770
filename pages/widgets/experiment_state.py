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
