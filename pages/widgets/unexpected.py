"""What a session is told where something goes wrong outside every page's own error boundary.

That is before a page runs: Streamlit reads the values of the widgets there, and a value that none
of them offers, which no browser sends, ends in an exception of its own.
"""

import logging

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

logger = logging.getLogger(__name__)
UNEXPECTED = (
    "A field of this page was sent a value that it does not offer, so nothing was carried out "
    "({}). The page begins anew with its usual values; runs that were started go on."
)


def say_what_failed(error: Exception) -> bool:
    """Say so on the page, in place of Streamlit's own box; the log has the rest."""
    logger.error("outside every page: %s", type(error).__name__, exc_info=error)
    _begin_anew()
    st.error(UNEXPECTED.format(type(error).__name__), icon=":material/block:")
    return True


def _begin_anew() -> None:
    """Forget what was sent: Streamlit would read it again, and fail, at each drawing. It has no
    way that does not read it first.
    """
    context = get_script_run_ctx(suppress_warning=True)
    if context is not None:
        state = context.session_state._state
        state._new_widget_state.states.clear()
        state.clear()
