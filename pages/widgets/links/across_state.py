"""The parameters of all pages: a link from one page to another carries them, and the navigation,
which knows no parameters, leaves them as they were.

Beside `state`, a module that touches the session and the URL.
"""

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

ACROSS = ("sample",)
RECORD = "across_pages"
NEXT = "next_ids"


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


def named_id(name: str) -> str | None:
    """What an id in the URL names, or will once the URL is brought up to date."""
    coming: dict[str, str | None] = st.session_state.get(NEXT, {})
    return coming[name] if name in coming else st.query_params.get(name)


def put_id(name: str, named: str | None) -> None:
    """Let an id name something else, or nothing. The URL hears of it together with all else that
    changes then: each message to it is a step of the browser's Back.
    """
    st.session_state[NEXT] = {**st.session_state.get(NEXT, {}), name: named}


def coming_ids() -> dict[str, str | None]:
    """What the URL has not heard of yet, which is told with that."""
    coming: dict[str, str | None] = st.session_state.pop(NEXT, {})
    return coming


def went_in_history() -> bool:
    """Whether the browser went back or forward to this URL."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation
