"""What is to be expected of the policies: figures at one rate, a timeline, curves over many rates.

All of it is simulated from fitted step times, and says so.
"""

from collections.abc import Sequence

import streamlit as st

from core.analysis.batching.study import PolicyStudy
from core.plots.batching_curves import show_rate
from core.variants.arrivals import arriving_rate_per_s
from core.variants.load import Load
from core.variants.policy import Policy
from pages.widgets.batching import batching_state, load_state, simulated
from pages.widgets.batching.curves_view import (
    CurvesAsked,
    curves_now,
    draw_curves,
    draw_expected,
    draw_notes,
)
from pages.widgets.batching.figures_table import draw_figures
from pages.widgets.batching.simulated import Steps
from pages.widgets.layout import escape
from pages.widgets.request import explain

DISTURBS = (
    "Something is being measured on this machine. Each change here takes a core from it for a "
    "moment: better wait until it is over."
)
SIMULATED = "Computed from step times that were measured here; the real model served nothing."
MEASURED = "The real model served these requests on this machine."
RATE = "rate_per_s"  # the field that is at fault where more comes than can be served


def draw_simulated(
    load: Load, chosen: Sequence[Policy], steps: Steps, usd_per_hour: float | None
) -> None:
    """Everything that the simulation says of this load."""
    policies = [policy for policy in chosen if steps.fitted.serves(policy.kind)]
    draw_badge("What to expect", is_simulated=True)
    st.caption(
        "Computed from the fitted step times, with the same requests for each policy. Nothing was "
        "run for it: Measure, below, tells how far it is right."
    )
    if batching_state.measuring_now():
        st.caption(f":material/hourglass_top: {DISTURBS}")
    _draw_left_out([policy for policy in chosen if policy not in policies])
    if not policies:
        return
    rates = simulated.rates(load, policies, steps)
    if load.mean_rate_per_s is not None and rates:
        _draw_slider(load.mean_rate_per_s, rates)
    found = [simulated.expected(load, policy, steps, usd_per_hour) for policy in policies]
    draw_problems(load, found)
    asked = CurvesAsked(load, policies, steps, rates, usd_per_hour)
    curves = curves_now(asked) if rates else []
    draw_figures(found, curves or [])
    if rates:
        draw_curves(asked, found, curves)
    else:
        draw_expected(found)


def _draw_left_out(policies: Sequence[Policy]) -> None:
    for policy in policies:
        words = f"{policy.label}: its kind of step was not measured. Calibrate again to know."
        st.caption(f":material/block: {escape(words)}")


def draw_badge(title: str, *, is_simulated: bool) -> None:
    """A heading that says at once whether figures were simulated or measured."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(title, anchor=False, width="content")
        if is_simulated:
            st.badge("simulated", icon=":material/function:", color="blue", help=SIMULATED)
        else:
            st.badge("measured", icon=":material/timer:", color="green", help=MEASURED)


def draw_problems(load: Load, found: Sequence[PolicyStudy]) -> None:
    """Which policies cannot serve this load, what they can at most, and what is a guess."""
    problems = [(one, problem) for one in found for problem in one.problems]
    over = [one.policy.label for one, problem in problems if problem.field == RATE]
    other = dict.fromkeys(explain(problem) for _, problem in problems if problem.field != RATE)
    for reason in other:
        st.markdown(f":red[:material/block: {escape(reason)}]")
    if over:
        words = overload_words(load, over, [one.policy.label for one in found])
        st.markdown(f":red[:material/block: {escape(words)}]")
        with st.expander("What would happen to the queue", key="load_queue"):
            for reason in (explain(problem) for _, problem in problems if problem.field == RATE):
                st.markdown(escape(f"{reason[0].upper()}{reason[1:]}"))
    beyond = dict.fromkeys(told for one in found for told in one.extrapolated)
    guesses = [f"Beyond what was measured: {told}" for told in beyond]
    draw_notes(guesses, "guesses beyond the steps that were measured", "load_guesses")


def overload_words(load: Load, over: Sequence[str], every: Sequence[str]) -> str:
    """That more comes than those policies can serve."""
    rate = show_rate(arriving_rate_per_s(load) or 0.0)
    who = "any of these policies" if len(over) == len(every) else ", ".join(over)
    return (
        f"{rate} are more than {who} can serve: the queue grows as long as the load lasts, and "
        "latencies say how long that was. The column Can serve has the highest rate of each."
    )


def _draw_slider(rate_per_s: float, rates: Sequence[float]) -> None:
    """A slider over the rates of the curves; it sets the field of the load."""
    load_state.set_slider(rate_per_s)
    st.select_slider(
        "At so many requests per second",
        sorted({*rates, rate_per_s}),
        format_func=lambda rate: f"{rate:g}",
        key=load_state.SLIDER,
        on_change=load_state.take_slider,
        help="The rate of the load: the figures and the timeline below are at this one.",
    )
