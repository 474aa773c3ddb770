"""What the question to other engines keeps: whom it is about, who is asked, what was asked.

`?of=RUN` is the run that it is about, `?engines=ID` the sweep that asks it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.analysis.comparing.comparison import MOST_RUNS
from core.errors import HistoryError, RequestError
from core.experiments.sweeps.sweep_request import SweepRequest
from pages.widgets import state
from pages.widgets.compare.compare_state import ENGINES, OF
from pages.widgets.sweep import sweep_state

SOURCE, CHOSEN = "engines_source", "engines_chosen"
ASKED, LINKED = "engines_asked", "engines_linked"
CHOOSE = "asked"


def linked_source() -> str:
    """The run that the URL names, if any."""
    return st.query_params.get(OF, "")


def begin(known: Sequence[str]) -> None:
    """Give the field of the source its first value: the linked run, or the first known one."""
    if st.session_state.get(SOURCE) not in known:
        linked = linked_source()
        st.session_state[SOURCE] = linked if linked in known else known[0]


def begin_asked(key: str, usual: Sequence[str]) -> None:
    """Give the field of who is asked what a link names of those that can be, once."""
    linked = st.session_state.pop(LINKED, None)
    if linked is not None:
        st.session_state[key] = [one for one in linked if one in usual]
    st.session_state[ASKED] = {"key": key, "usual": [*usual][:MOST_RUNS]}


def linked_values() -> dict[str, Any]:
    """What a link to the question names: whose it is, and who is asked where not all are."""
    named = {OF: st.session_state[SOURCE]} if SOURCE in st.session_state else {}
    asked = st.session_state.get(ASKED)
    if asked and asked["key"] in st.session_state:
        chosen = list(st.session_state[asked["key"]])
        named |= {} if chosen == asked["usual"] else {CHOOSE: chosen}
    return named


def take_link(given: Mapping[str, Any]) -> None:
    """Ask as a link says."""
    for key, name in ((SOURCE, OF), (LINKED, CHOOSE)):
        st.session_state.pop(key, None)
        if name in given:
            st.session_state[key] = given[name]


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
