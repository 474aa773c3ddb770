"""What the Present page keeps: its part of the session, of the URL, and what it has read.

`?from=RUN&to=RUN&requests=N&paid=WAY&utilisation=SHARE&price=USD`: a link shows the same thing and
starts nothing. What is wrong with a link is said, and the usual value stands in its place.
"""

from collections.abc import Callable
from typing import Any

import streamlit as st

from core.analysis.cost import parse_price
from core.analysis.savings.choosing import Options, options_for
from core.analysis.savings.terms import (
    DEFAULT_REQUESTS,
    Payment,
    parse_payment,
    parse_requests,
    parse_utilisation,
)
from core.errors import RequestError
from core.report.origins import ALONE as ALONE
from core.report.report import Reported
from core.results.columns import DONE
from core.results.queries import Wanted
from core.results.stored import RunRow
from core.results.types import RunResult
from pages.widgets import past_runs, price_state, state
from pages.widgets.past_runs import Stamp, history_stamp

FROM, TO, REQUESTS = "present_from", "present_to", "present_requests"
PAID, UTILISATION = "present_paid", "present_utilisation"
LINKED, COMPLAINTS, LINKED_PRICE = "present_linked", "present_complaints", "present_price"
FIRST = "present_first"
NAMES = ("from", "to", "requests", "paid", "utilisation", "price")
NEWEST = 200
READ: dict[str, tuple[str, Callable[[str], Any]]] = {
    "from": (FROM, str),
    "to": (TO, str),
    "requests": (REQUESTS, parse_requests),
    "paid": (PAID, parse_payment),
    "utilisation": (UTILISATION, parse_utilisation),
    "price": (LINKED_PRICE, parse_price),
}


USUAL: dict[str, Any] = {
    REQUESTS: DEFAULT_REQUESTS,
    PAID: str(Payment.BY_SECOND),
    UTILISATION: 1.0,
}


def begin() -> None:
    """Give each control its value: of the link, where it is a new one, or what it had before."""
    for key, value in USUAL.items():
        st.session_state.setdefault(key, value)
    linked = {name: st.query_params[name] for name in NAMES if name in st.query_params}
    is_new = bool(linked) and linked != st.session_state.get(LINKED)
    if is_new:
        st.session_state[COMPLAINTS] = [text for item in linked.items() for text in _take(*item)]
        if "to" not in linked:
            st.session_state.pop(TO, None)
    if is_new or FIRST not in st.session_state:
        st.session_state[FIRST] = {key: st.session_state[key] for key in USUAL}


def first(key: str) -> Any:
    """What a number had when it was drawn first: a widget that only finds it in the session would
    show an empty field until it is told.
    """
    return st.session_state[FIRST][key]


def _take(name: str, text: str) -> list[str]:
    """Put a link's value into its control; returns what is wrong with it, if anything is."""
    key, read = READ[name]
    try:
        value = read(text)
    except RequestError as error:
        return [str(error)]
    st.session_state[key] = str(value) if isinstance(value, Payment) else value
    return []


def complaints() -> list[str]:
    """What is wrong with the link, until a control changes."""
    return list(st.session_state.get(COMPLAINTS, []))


def changed() -> None:
    """A person changed something: the link's faults are past."""
    st.session_state[COMPLAINTS] = []


def changed_today() -> None:
    """Another baseline: what is set against it is proposed anew."""
    changed()
    st.session_state.pop(TO, None)


def chosen(key: str) -> Any:
    """What a control has; None where nothing was chosen yet."""
    return st.session_state.get(key)


def set_first(key: str, value: object) -> None:
    """Give a control a value, where it has none."""
    if st.session_state.get(key) is None:
        st.session_state[key] = value


def take_price(device: str) -> None:
    """Make a link's price the device's, once."""
    price = st.session_state.pop(LINKED_PRICE, None)
    if price is not None:
        st.session_state[price_state.price_field(device)] = price


def link(values: dict[str, str]) -> None:
    """Make the URL a link to what is shown; what is of others in it stays."""
    for name in NAMES:
        if name not in values:
            st.query_params.pop(name, None)
        elif st.query_params.get(name) != values[name]:
            st.query_params[name] = values[name]
    st.session_state[LINKED] = values


def recent_rows() -> list[RunRow]:
    """The newest measured runs."""
    return _recent(history_stamp())


def baseline_id(rows: list[RunRow]) -> str:
    """The baseline of the newest run's model, or that run itself where there is none."""
    baseline = past_runs.baseline(rows[0].model)
    return baseline.run_id if baseline else rows[0].run_id


def reported(run_id: str) -> Reported | None:
    """A measured run with its note; None where there is none such, or it was deleted."""
    return _reported(history_stamp(), run_id)


def options(today: RunResult) -> Options:
    """What can be set against a run."""
    return _options(history_stamp(), today.run_id, today)


@st.cache_resource(max_entries=2, show_spinner=False)
def _recent(stamp: Stamp) -> list[RunRow]:  # noqa: ARG001 - the key of the cache
    return state.manager().history.page(Wanted(values={"status": [DONE]}), limit=NEWEST)


@st.cache_resource(max_entries=8, show_spinner=False)
def _reported(stamp: Stamp, run_id: str) -> Reported | None:  # noqa: ARG001 - the cache's key
    stored = state.manager().history.get(run_id)
    if stored is None or stored.deleted or not isinstance(stored.outcome, RunResult):
        return None
    return Reported(stored.outcome, stored.note, stored.tags)


@st.cache_resource(max_entries=4, show_spinner=False)
def _options(stamp: Stamp, run_id: str, _today: RunResult) -> Options:  # noqa: ARG001
    return options_for(state.manager().history, _today)
