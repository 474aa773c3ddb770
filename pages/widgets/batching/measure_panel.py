"""Measure: the same load served by the real model, how long that takes, and what stops it."""

import streamlit as st

from core.errors import RequestError
from core.experiments.batching.load_plan import LoadPlan
from core.experiments.batching.load_request import LONGEST_S, MOST_REPEATS, LoadTestRequest
from core.results.format import show_about
from core.variants.policy import POLICIES, Policy
from pages.widgets import state
from pages.widgets.batching import batching_state, load_state
from pages.widgets.batching.load_fields import draw_amount
from pages.widgets.batching.load_test_request import Asked, ask
from pages.widgets.layout import escape, field_error
from pages.widgets.request import explain
from pages.widgets.spread_control import draw_spread
from pages.widgets.start_box import draw_refusal, draw_start_button, draw_waiting

MOST_MINUTES = int(LONGEST_S // 60)
RATE = "rate_per_s"
OVER = "More comes than can be served, so that this is not measured."
INSTEAD = "Lower the rate, or switch on Overload too."
WHAT = (
    "The very same requests are served by the real model, policy after policy, each arriving at "
    "its own moment. Then the simulation is held against what was measured."
)
TICKED = "Those that the real model serves the load under; the others are simulated alone."
WHAT_IT_DOES = "Serves the load by the real model under each of these, one policy after the other."
SPREAD = "Devices that are alike share the rates and policies; each cell is served on one of them."


def draw_measure(asked: Asked) -> None:
    """Which policies, the time it takes, what stops it, and Measure."""
    with st.container(border=True, key="load_measure_box"):
        st.subheader("Measure", anchor=False)
        st.caption(WHAT)
        chosen = _draw_choice(asked.load.policies)
        request = asked.request(chosen)
        planned = batching_state.plan(request) if request and chosen else None
        if planned is not None and request is not None:
            _draw_plan(planned, request)
        none_chosen = [] if chosen or asked.at_fault else ["Policies to measure"]
        draw_waiting("Measure", [*asked.at_fault, *none_chosen])
        closed = planned is None or bool(planned.problems)
        draw_start_button("Measure", "load_measure", submit, closed=closed, text=WHAT_IT_DOES)
        draw_refusal(batching_state.NOTICE)


def submit() -> None:
    """Measure what the controls ask now."""
    asked = ask(state.environment())
    request = asked.request(measured(asked.load.policies))
    if request is not None and request.measured:
        batching_state.measure(request)


def measured(policies: tuple[Policy, ...]) -> tuple[Policy, ...]:
    """Those of the policies that are chosen to be measured."""
    left_out = load_state.not_measured()
    return tuple(policy for policy in policies if policy.kind not in left_out)


def _draw_choice(policies: tuple[Policy, ...]) -> tuple[Policy, ...]:
    """A tick for each policy, and how it is measured."""
    st.markdown(":small[Policies to measure]", help=TICKED)
    with st.container(horizontal=True, gap="medium"):
        for policy in policies:
            field = load_state.measure_field(policy.kind)
            key = load_state.key_of(field)
            st.checkbox(policy.label, key=key, persist_state="session", width="content",
                        help=POLICIES[policy.kind].summary)  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom"):
        draw_amount("repeats", MOST_REPEATS, "Repeats",
                    "How often each is measured; the median counts.")  # fmt: skip
        draw_amount("most_minutes", MOST_MINUTES, "At most, minutes",
                    "What would take longer in all is not begun.")  # fmt: skip
        st.toggle(
            "Overload too",
            key=load_state.key_of("overloads"),
            persist_state="session",
            help="Measure also where more comes than can be served: it ends all the same, but the "
            "latencies only tell how long the load was.",
        )
    _draw_spread()
    return measured(policies)


def _draw_spread() -> None:
    """Over which devices, where there are several."""
    try:
        draw_spread("Spread over", load_state.SPREAD, None, SPREAD)
    except RequestError as error:
        field_error(f"{error.field}: {error.reason}")


def _draw_plan(planned: LoadPlan, request: LoadTestRequest) -> None:
    """How long it takes, and what is refused."""
    seconds = show_about(planned.seconds)
    if planned.expected is None:
        words = f"The steps are measured first, about {seconds}; then the rest can be told, and "
        words += f"nothing is begun that would take more than {show_about(request.most_s)}."
    else:
        parts = [
            f"{cell.label} {show_about(one.seconds)}"
            for cell, one in planned.expected.items()
            if one.problem is None
        ]
        words = f"About {seconds} in all, by the simulation: {', '.join(parts)}."
    if planned.expected is None or planned.seconds:
        st.markdown(f":material/timer: {escape(words)}")
    for reason in refusals(planned):
        st.markdown(f":red[:material/block: {escape(reason)}]")


def refusals(planned: LoadPlan) -> list[str]:
    """What stops all of it or is left out of it, each told once."""
    found = [(cell, one.problem) for cell, one in (planned.expected or {}).items() if one.problem]
    over = {cell.label: problem for cell, problem in found if problem.field == RATE}
    told = [explain(problem) for _, problem in found if problem.field != RATE]
    told += [explain(problem) for problem in planned.problems if problem.field != RATE]
    if over:
        limits = "; ".join(f"{label}: {', '.join(p.valid)}" for label, p in over.items())
        told.append(f"{OVER} {limits}. {INSTEAD}")
    return [*dict.fromkeys(told)]
