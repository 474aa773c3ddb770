"""What a run would need and take, and the button that starts it."""

import streamlit as st

from core.analysis.forecast.estimate import Estimate, estimate
from core.analysis.forecast.need import prompt_tokens
from core.results.format import show, show_about
from core.results.naming import long_name
from core.variants.environment import Environment
from core.variants.request import build_spec
from core.variants.spec import RunSpec
from pages.widgets import past_runs, state
from pages.widgets.layout import escape
from pages.widgets.memory_view import fit_sentence
from pages.widgets.request import Request
from pages.widgets.start_box import draw_refusal, draw_start_button, draw_waiting

SIMILAR_RUNS = 20
TOPIC = "run"
WHAT_RUN_DOES = (
    "Measures this now, in a process of its own. It goes on when you leave, and stays in History."
)


def draw_run_panel(request: Request, environment: Environment) -> None:
    """The request in words, its estimate, what stops it, and Run."""
    with st.container(border=True):
        if request.spec:
            st.markdown(f"**{escape(long_name(request.spec))}**")
            _estimate(request.spec, environment)
        draw_waiting("Run", request.errors)
        draw_start_button("Run", "run", submit, closed=bool(request.errors), text=WHAT_RUN_DOES)
        draw_refusal(TOPIC)


def submit() -> None:
    """Queue what the controls ask for now, and follow it.

    It reads the fields itself, since a click may bring a last change of a field with it.
    """

    def start() -> None:
        state.follow(state.manager().submit(build_spec(state.chosen())))

    state.attempt(TOPIC, start)


def expected_of(spec: RunSpec, environment: Environment) -> tuple[Estimate, bool]:
    """What a run will need and take, by the runs before it; and whether its variant is loaded."""
    held = state.manager().residents(spec.variant.device)
    resident = any(item.variant == spec.variant for item in held.residents) if held else False
    similar = past_runs.similar_results(spec, SIMILAR_RUNS)
    return estimate(spec, environment, similar, resident), resident


def _estimate(spec: RunSpec, environment: Environment) -> None:
    expected, resident = expected_of(spec, environment)
    known = expected.needed_bytes is not None
    # Each run changes what the next is expected to take: Run must not move for that.
    with st.container(key="steady_estimate" if known else "estimate_of_time"):
        if known:
            st.markdown(_memory_sentence(expected, resident))
            fits = fit_sentence(spec, prompt_tokens(spec))
            if fits:
                st.caption(escape(fits))
        st.markdown(f":material/timer: {time_sentence(expected)}")


def _memory_sentence(expected: Estimate, resident: bool) -> str:
    weights = show(expected.weights_bytes, "bytes")
    parts = f"KV cache {show(expected.kv_cache_bytes, 'bytes')}, and room to work"
    needed, free = show(expected.needed_bytes, "bytes"), show(expected.free_bytes, "bytes")
    if resident:
        sentence = f"needs about {needed} more ({parts}; weights {weights} are loaded already)"
    else:
        sentence = f"needs about {needed} (weights {weights}, {parts})"
    sentence += f"; {free} are free."
    if expected.fits is False:
        return f":red[:material/memory_alt: Will not fit: {sentence}]"
    return f":material/memory_alt: {'Fits: ' if expected.fits else ''}{sentence}"


def time_sentence(expected: Estimate) -> str:
    """How long it takes, and what that rests on."""
    if expected.seconds_low is None:
        return f"How long it takes is not known: {escape(expected.basis)}."
    ends = (expected.seconds_low, expected.seconds_likely, expected.seconds_high)
    low, likely, high = map(show_about, ends)
    span = likely if low == high else f"{likely} ({low} to {high})"
    return f"About {span}; {escape(expected.basis)}."
