"""What the question to other engines keeps: whom it is about, who is asked, what was asked.

`?of=RUN` is the run that it is about, `?engines=ID` the sweep that asks it.
"""

from collections.abc import Sequence

import streamlit as st

from core.errors import HistoryError, RequestError
from core.experiments.sweeps.sweep_request import SweepRequest
from pages.widgets import state
from pages.widgets.compare.compare_state import ENGINES, OF
from pages.widgets.sweep import sweep_state

SOURCE, CHOSEN = "engines_source", "engines_chosen"


def linked_source() -> str:
    """The run that the URL names, if any."""
    return st.query_params.get(OF, "")


def begin(known: Sequence[str]) -> None:
    """Give the field of the source its first value: the linked run, or the first known one."""
    if st.session_state.get(SOURCE) not in known:
        linked = linked_source()
        st.session_state[SOURCE] = linked if linked in known else known[0]


def link_source() -> None:
    """Make the URL a link to the question about the chosen run."""
    st.query_params[OF] = str(st.session_state[SOURCE])


def opened() -> str | None:
    """The question that the URL opens."""
    return st.query_params.get(ENGINES)


def close() -> None:
    """Go back to asking."""
    st.query_params.pop(ENGINES, None)


def start(request: SweepRequest) -> None:
    """Ask, and open what was asked; a refusal becomes a notice."""
    try:
        started = sweep_state.sweeps().start(request, state.environment())
    except (RequestError, HistoryError) as error:
        state.leave_notice(str(error), ENGINES)
        return
    st.query_params[ENGINES] = started
