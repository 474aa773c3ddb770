"""What an A/B would need and take, how long it may go on, and the button that starts it."""

import streamlit as st

from core.analysis.forecast.estimate import Estimate, estimate
from core.analysis.forecast.pair_estimate import PairEstimate, pair_estimate, with_pairs
from core.results.format import show, show_about
from core.results.naming import long_name
from core.variants.environment import Environment
from core.variants.pairing import PairPlan
from core.variants.request import build_spec
from core.variants.spec import RunSpec
from pages.widgets import past_runs, state
from pages.widgets.compare import pair_state
from pages.widgets.compare.pair_controls import Sides
from pages.widgets.layout import escape
from pages.widgets.start_box import draw_refusal, draw_start_button, draw_waiting

SIMILAR_RUNS = 20
TOPIC = "pair"
WHAT_START_DOES = "Loads both and measures them in turns, until it is decided which is faster."


def draw_pair_panel(sides: Sides, environment: Environment) -> None:
    """What will be compared, the plan, the estimate, what stops it, and Start."""
    with st.container(border=True):
        _what(sides)
        _plan()
        if sides.specs:
            st.markdown(_estimate_sentence(sides.specs, environment))
        draw_waiting("Start", [*sides.a.errors, *sides.b.errors])
        closed = sides.specs is None
        draw_start_button("Start", "start_pair", submit, closed=closed, text=WHAT_START_DOES)
        draw_refusal(TOPIC)


def submit() -> None:
    """Queue both sides as the controls have them now, and follow the pair."""

    def start() -> None:
        a, b = (build_spec(pair_state.values_of(side)) for side in pair_state.SIDES)
        pair_state.follow_pair(*state.manager().submit_pair(a, b, pair_state.plan()))

    state.attempt(TOPIC, start)


def _what(sides: Sides) -> None:
    """Both variants, and in what they differ."""
    st.markdown(
        f"**A** {escape(long_name(sides.a.known))}  \n**B** {escape(long_name(sides.b.known))}"
    )
    changed = [f"{row.name}: {row.values[1]} for {row.values[0]}" for row in sides.differ]
    if changed:
        st.caption(f"B changes {escape('; '.join(changed))}.")
    else:
        st.caption("A and B are the same. That tests the method: no difference should be told.")


def _plan() -> None:
    low, high = pair_state.PAIR_BOUNDS
    left, right = st.columns(2)
    with left:
        st.number_input(
            "Most pairs", low, high, value=PairPlan().most_pairs, key=pair_state.PAIRS,
            persist_state="session",
            help="A pair is one generation of each, in turns A B B A. Measuring stops as soon as "
            "the difference is decided, at the latest after so many.",
        )  # fmt: skip
    with right:
        st.number_input(
            "Smallest effect, %", 0.1, 100.0, value=PairPlan().smallest_effect * 100, step=0.5,
            key=pair_state.EFFECT, format="%g", persist_state="session",
            help="A smaller difference is of no interest to you: once the interval excludes "
            "larger ones, measuring stops.",
        )  # fmt: skip


def _estimate_sentence(specs: tuple[RunSpec, RunSpec], environment: Environment) -> str:
    pairs = pair_state.plan().most_pairs
    parts = [_estimate(with_pairs(spec, pairs), environment) for spec in specs]
    expected = pair_estimate(*parts, one_variant=specs[0].variant == specs[1].variant)
    return f"{_memory(expected)}{_time(expected, pairs)}"


def _estimate(spec: RunSpec, environment: Environment) -> Estimate:
    held = state.manager().residents(spec.variant.device)
    resident = any(item.variant == spec.variant for item in held.residents) if held else False
    return estimate(spec, environment, past_runs.similar_results(spec, SIMILAR_RUNS), resident)


def _memory(expected: PairEstimate) -> str:
    if expected.needed_bytes is None:
        return ""
    needed, free = show(expected.needed_bytes, "bytes"), show(expected.free_bytes, "bytes")
    said = f":material/memory_alt: Both loaded at once need about {needed}; {free} are free.  \n"
    return f":red[Will not fit.] {said}" if expected.fits is False else said


def _time(expected: PairEstimate, pairs: int) -> str:
    if expected.seconds_low is None:
        return ":material/timer: How long it takes is not known."
    low, high = show_about(expected.seconds_low), show_about(expected.seconds_high)
    span = low if low == high else f"{low} to {high}"
    return f":material/timer: At most about {span} for all {pairs} pairs; less if decided early."
