"""What is chosen among: a question on a machine, or a sweep; the price; which grades may enter."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from core.analysis.cost import price_unless_served, priced_as
from core.analysis.deciding.machines import Machine
from core.analysis.deciding.scope import Scope
from core.results.types import Grade
from pages.widgets import state
from pages.widgets.cost_view import draw_price
from pages.widgets.decide import decide_state
from pages.widgets.decide.decide_state import Chosen
from pages.widgets.layout import escape
from pages.widgets.links.keyed_state import note_usual

SCOPE = "decide_scope"
TRUST = "decide_trust"
MACHINE = "decide_machine"
ALL = ""


def draw_scope() -> Chosen | None:
    """The choice; None where nothing has been measured."""
    found = {scope.key: scope for scope in decide_state.all_scopes()}
    if not found:
        return None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        key = st.selectbox(
            "Choose among",
            list(found),
            format_func=lambda key: found[key].label if key in found else key,
            key=SCOPE,
            persist_state="session",
            width="stretch",
            help="Runs that were asked the same on the same hardware can be compared: prompt, "
            "lengths and stop rule are alike. A sweep's runs may have been asked several things, "
            "or be of several machines; then it is said.",
        )
        scope = found.get(key) or next(iter(found.values()))
        # Tomorrow another one may be the first: a link names it, unless it is the only one.
        note_usual(SCOPE, scope.key if len(found) == 1 else None)
        _price(scope)
    chosen = Chosen(scope, _worst_grade())
    found_there = decide_state.choices_in(chosen, ()).machines
    if len(found_there) > 1:
        chosen = replace(chosen, machine=draw_machines(found_there, MACHINE))
    notes = decide_state.choices_in(chosen, ()).notes
    if notes:
        st.caption(escape(" ".join(notes)))
    return chosen


def draw_machines(there: Sequence[Machine], key: str) -> str | None:
    """A choice of one of several machines, or of all; returns its id, None for all."""
    words = {machine.key: str(machine) for machine in there}
    chosen = st.selectbox(
        "Measured on",
        [ALL, *words],
        format_func=lambda choice: words.get(choice, f"all {len(words)} machines or devices"),
        key=key,
        persist_state="session",
        width="stretch",
        help="Runs of different hardware are beside each other here; choose one to compare "
        "configurations alone.",
    )
    return chosen if chosen in words else None


def _worst_grade() -> Grade:
    low = st.toggle(
        "Let runs of trust grade C in",
        key=TRUST,
        persist_state="session",
        help="By default runs of grade A and B enter; where there are none, those of C do, and "
        "it is said.",
    )
    return Grade.C if low else Grade.B


def _price(scope: Scope) -> None:
    """The price of the scope's device, the same as beside a result."""
    if scope.question is None:
        return
    device, name = scope.question.device, scope.question.device_name
    default = price_unless_served(device, name, state.environment().cpu_count)
    if default is None:
        text = "What a server runs on it does not tell: without your own price there is no cost."
        draw_price(priced_as(device, name), None, text)
        return
    text = f"The price table has for this device: {escape(default.label)}, {default.as_of}."
    draw_price(device, default.usd_per_hour, text)
