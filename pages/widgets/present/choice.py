"""What is compared on Present, and on which terms: today's run, the other one, volume and price."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.analysis.savings.choosing import Option, Options
from core.analysis.savings.terms import MOST_REQUESTS, PAYMENT_WORDS, Payment, Terms, price_on
from core.errors import RequestError
from core.report.report import Reported
from core.results.format import show, show_time
from core.results.naming import name_of_levers
from core.results.stored import RunRow
from core.results.types import RunResult
from pages.widgets import price_state
from pages.widgets.cost_view import draw_price
from pages.widgets.layout import escape
from pages.widgets.present import present_state


@dataclass(frozen=True)
class Choice:
    """Two runs, or one alone, and the terms of a month."""

    today: Reported
    then: Reported | None
    terms: Terms


def draw_choice(rows: list[RunRow], requests: int) -> Choice:
    """The other controls; raises RequestError where what they hold cannot be shown."""
    today = _draw_today(rows)
    then = _draw_then(today.result)
    return Choice(today, then, _draw_terms(today.result, requests))


def _draw_today(rows: list[RunRow]) -> Reported:
    names = {row.run_id: _told(row) for row in rows}
    present_state.set_first(present_state.FROM, present_state.baseline_id(rows))
    asked = present_state.chosen(present_state.FROM)
    run_id = st.selectbox(
        "Today's configuration",
        list(dict.fromkeys([asked, *names])),
        format_func=lambda run_id: names.get(run_id, run_id),
        key=present_state.FROM,
        on_change=present_state.changed_today,
        persist_state="session",
        help="What is in use now: by default the baseline of the model that was measured last. The "
        f"newest {present_state.NEWEST} measured runs can be chosen, and any other by a link.",
    )
    return _there("from", run_id)


def _draw_then(today: RunResult) -> Reported | None:
    """The other run; None where today's is shown alone."""
    found = present_state.options(today)
    names = {option.candidate.run_id: _offered(option) for option in found.options}
    present_state.set_first(present_state.TO, found.proposed or present_state.ALONE)
    asked = present_state.chosen(present_state.TO)
    run_id = st.selectbox(
        "The other configuration",
        list(dict.fromkeys([*names, present_state.ALONE, asked])),
        format_func=lambda run_id: _named(run_id, names),
        key=present_state.TO,
        persist_state="session",
        help="Measured runs that were asked the same, of the same model on the same hardware, the "
        "newest of each configuration, the one that costs least first.",
    )
    _say_why(found, run_id)
    return None if run_id == present_state.ALONE else _there("to", run_id)


def _there(field: str, run_id: str) -> Reported:
    found = present_state.reported(run_id)
    if found is None:
        reason = "this history has no measured run of that id, or it was deleted."
        raise RequestError(field, run_id, reason)
    return found


def _say_why(found: Options, run_id: str) -> None:
    if run_id == found.proposed or found.proposed is None:
        st.caption(escape(found.why))


def draw_requests() -> int:
    """The volume that a person enters, in sight at all times."""
    text = (
        "One request is one row of a run's batch, with its lengths of prompt and answer. "
        f"From 1 to {MOST_REQUESTS:,}."
    )
    requests: int = _number("Requests per month", present_state.REQUESTS, text, step=1, width=260)
    return requests


def _draw_terms(today: RunResult, requests: int) -> Terms:
    """The price, and how machines are paid."""
    text = "The share of paid time in which a machine answers requests: above 0 and up to 1."
    with st.container(horizontal=True, vertical_alignment="bottom"):
        own_price = _draw_price(today)
        share = _number("Utilisation", present_state.UTILISATION, text, step=0.05, width=150)
    return Terms(requests, _draw_payment(), float(share), own_price)


def _number(label: str, key: str, text: str, *, step: float, width: int) -> Any:
    """A number without limits of its own, so that a bad one stays as typed; whole by its step."""
    return st.number_input(
        label,
        value=present_state.USUAL[key],
        key=key,
        step=step,
        format="%d" if isinstance(step, int) else "%g",
        width=width,
        persist_state="session",
        help=text,
    )


def _draw_payment() -> Payment:
    paid = st.segmented_control(
        "Machines are paid",
        [str(way) for way in Payment],
        format_func=lambda way: PAYMENT_WORDS[Payment(way)],
        key=present_state.PAID,
        required=True,
        persist_state="session",
        help="By the second, idle time costs nothing. Whole machines cost 730 hours a month each, "
        "so that a saving begins where one less is needed.",
    )
    return Payment(paid or Payment.BY_SECOND)


def _draw_price(today: RunResult) -> float | None:
    """The field with the price of today's machine; the person's own price where it is no longer
    the table's.
    """
    device, by_table = price_state.priced_device(today), price_on(Terms(), today)
    present_state.take_price(device)
    usual = by_table.usd_per_hour if by_table else None
    told = "What a server runs on it does not tell: without your own price there is no cost."
    if by_table:
        told = f"The price table has {by_table.label}, {by_table.as_of}, {by_table.source}."
    draw_price(device, usual, escape(told))
    own = price_state.own_price(device)
    return None if own is None or own == usual else own


def _told(row: RunRow) -> str:
    """A run in the menu."""
    batch = f"batch {row.batch_size}, " if row.batch_size > 1 else ""
    levers = f"{row.precision} {row.attention}, {batch}{row.max_new_tokens} tokens"
    return f"{row.model} {levers} · {show_time(row.submitted_at)} · {row.run_id}"


def _offered(option: Option) -> str:
    candidate = option.candidate
    name = name_of_levers(candidate.levers)
    return f"{name} · {show(option.request_s, 's')} per request · trust {candidate.trust}"


def _named(run_id: str, names: dict[str, str]) -> str:
    if run_id == present_state.ALONE:
        return "none: what today's configuration costs"
    return names.get(run_id, run_id)
