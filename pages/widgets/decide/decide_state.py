"""What the Decide page keeps: the session's prices, and runs as they were read, until the history
changes. Beside `state`, the only module that touches Streamlit's session and caches for that page.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import lru_cache

import streamlit as st

from core.analysis.cost import priced_as
from core.analysis.deciding.asking.words import KNOWN
from core.analysis.deciding.objectives import CandidatePrice
from core.analysis.deciding.scope import (
    Choices,
    Scope,
    candidates_of,
    choices,
    scopes,
    table_prices,
)
from core.results.candidate import Candidate
from core.results.types import Grade
from pages.widgets import price_state, state
from pages.widgets.past_runs import Stamp, history_stamp

MOST_KEPT = 8


@dataclass(frozen=True)
class Chosen:
    """The scope that is chosen among, the worst grade that may enter, and the id of the hardware
    that runs must be of, None for any.
    """

    scope: Scope
    worst: Grade
    machine: str | None = None


def all_scopes() -> list[Scope]:
    """Everything that can be chosen among now."""
    return _scopes(history_stamp())


def choices_in(chosen: Chosen, keys: Collection[str]) -> Choices:
    """The scope's candidates with these objectives, at this session's prices."""
    read = _reader(history_stamp())
    with st.spinner("Reading the runs …"):
        found = read(chosen.scope, tuple(sorted(set(keys))))
    return choices(found, _price(), chosen.worst, machine=chosen.machine)


def set_text(key: str, text: str) -> None:
    """Put a text into a field."""
    st.session_state[key] = text


@st.cache_resource(max_entries=2, show_spinner=False)
def _scopes(stamp: Stamp) -> list[Scope]:  # noqa: ARG001 - the key of the cache
    return scopes(state.manager().history)


@st.cache_resource(max_entries=2, show_spinner=False)
def _reader(stamp: Stamp) -> Callable[[Scope, tuple[str, ...]], list[Candidate]]:  # noqa: ARG001
    """What reads a scope's candidates with some objectives; once the history has changed, another
    does, and what this one kept goes: thousands of runs each time.
    """
    history = state.manager().history

    @lru_cache(maxsize=MOST_KEPT)
    def read(scope: Scope, keys: tuple[str, ...]) -> list[Candidate]:
        return candidates_of(history, scope, keys, KNOWN)

    return read


def _price() -> CandidatePrice:
    """A device's price as this session has it, or else the table's."""
    by_table = table_prices(state.environment().cpu_count)
    own = {key: value for key, value in st.session_state.items() if value is not None}

    def price(candidate: Candidate) -> float | None:
        edited = own.get(
            price_state.price_field(priced_as(candidate.device, candidate.device_name))
        )
        return by_table(candidate) if edited is None else float(edited)

    return price
