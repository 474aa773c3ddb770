"""What the Present page keeps in the session, and what it has read."""

from typing import Any

import streamlit as st

from core.analysis.savings.choosing import Options, options_for
from core.analysis.savings.terms import DEFAULT_REQUESTS, Payment
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
PRICE_OF_TODAY = "present_price"
NEWEST = 200
USUAL: dict[str, Any] = {
    REQUESTS: DEFAULT_REQUESTS,
    PAID: str(Payment.BY_SECOND),
    UTILISATION: 1.0,
}


def begin() -> None:
    """Give each control a value, where it has none."""
    for key, value in USUAL.items():
        st.session_state.setdefault(key, value)


def changed_today() -> None:
    """Another baseline: what is set against it is proposed anew."""
    st.session_state.pop(TO, None)


def chosen(key: str) -> Any:
    """What a control has; None where nothing was chosen yet."""
    return st.session_state.get(key)


def set_first(key: str, value: object) -> None:
    """Give a control a value, where it has none."""
    if st.session_state.get(key) is None:
        st.session_state[key] = value


def put_price_of_today(usd_per_hour: float) -> None:
    """A price from a link, of the machine that today's run was measured on, whichever that is."""
    st.session_state[PRICE_OF_TODAY] = usd_per_hour


def take_price(device: str) -> None:
    """Make that price the device's, once."""
    price = st.session_state.pop(PRICE_OF_TODAY, None)
    if price is not None:
        price_state.put_prices({device: price})


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
