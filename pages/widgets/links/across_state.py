"""The parameters of all pages: a link from one page to another carries them, and the navigation,
which knows no parameters, leaves them as they were.

Beside `state`, a module that touches the session and the URL.
"""

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

ACROSS = ("sample",)
RECORD = "across_pages"


def carried() -> dict[str, str]:
    """Those that are set, for a link to another page."""
    return {name: st.query_params[name] for name in ACROSS if name in st.query_params}


def keep(page: str) -> None:
    """At a page's start: set those again that were set on the page before. On the same page the
    URL rules, so that taking one out of it there ends it.
    """
    before = st.session_state.get(RECORD, {"page": page, "set": {}})
    if before["page"] != page:
        for name, text in before["set"].items():
            if name not in st.query_params:
                st.query_params[name] = text
    st.session_state[RECORD] = {"page": page, "set": carried()}


def went_in_history() -> bool:
    """Whether the browser went back or forward to this URL."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation
