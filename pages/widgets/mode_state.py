"""Which history this session looks at: the person's own, or the sample data (`?sample=1`).

Beside `state`, a module that touches the session and the URL. The URL decides, and the session
remembers it from page to page, since the links of the page list carry nothing else.
"""

import streamlit as st

SAMPLE, ON = "sample", "1"
OWN = "own"
SHOWN = "shown_history"


def shown() -> str:
    """`sample` or `own`: a key for whatever is kept of a history."""
    linked, before = st.query_params.get(SAMPLE), st.session_state.get(SHOWN)
    asked = None if linked is None else SAMPLE if linked == ON else OWN
    wanted = asked or before or OWN
    if before not in (None, wanted):
        _forget()
    st.session_state[SHOWN] = wanted
    if wanted == SAMPLE and linked is None:
        st.query_params[SAMPLE] = ON
    return wanted


def is_sample() -> bool:
    """Whether the sample data are shown."""
    return shown() == SAMPLE


def file_name(name: str) -> str:
    """What a file to download is called: one of sample data says so."""
    return f"{SAMPLE}-{name}" if is_sample() else name


def look_at_sample() -> None:
    """Show the sample data from now on."""
    _show(SAMPLE)


def leave_sample() -> None:
    """Go back to the person's own history."""
    _show(OWN)


def _show(wanted: str) -> None:
    """What stands in the URL and what was chosen name runs that the other history does not have."""
    _forget()
    st.query_params.clear()
    st.session_state[SHOWN] = wanted
    if wanted == SAMPLE:
        st.query_params[SAMPLE] = ON


def _forget() -> None:
    for key in list(st.session_state):
        del st.session_state[key]
