"""The guided first run as it is drawn: each step with its button, its progress, its outcome."""

from collections.abc import Sequence

import streamlit as st

from core.analysis.guide.outcome import outcome_of
from core.analysis.guide.progress import StepState, baseline_of, next_step
from core.analysis.guide.steps import BASELINE
from core.analysis.roofline import roofline_of
from core.analysis.why import why_line
from core.results.format import show_about
from core.results.metrics import BY_KEY
from core.results.types import RunResult
from core.variants.environment import Environment
from core.variants.spec import RunSpec
from pages.widgets import guide_state, state
from pages.widgets.failure_view import draw_failure
from pages.widgets.job_progress import draw_progress
from pages.widgets.layout import COMPARE, DECIDE, HISTORY, SWEEP, escape, link_to
from pages.widgets.run_panel import expected_of, time_sentence
from pages.widgets.start_box import draw_refusal, draw_start_button

HELD = {True: ":green[:material/check:]", False: ":orange[:material/priority_high:]",
        None: ":gray[:material/help:]"}  # fmt: skip


def draw_guide(found: Sequence[StepState], environment: Environment) -> None:
    """How far it is, then every step, the next one open."""
    done, coming = sum(one.over for one in found), next_step(found)
    left = "" if state.refused() else _left(found, environment)
    st.progress(done / len(found), text=f"{done} of {len(found)} steps{left}")
    for number, one in enumerate(found, 1):
        with st.container(border=True, key=f"step_{one.step.key}"):
            st.markdown(f"#### {_mark(one)} {number}. {one.step.title}")
            _draw_step(one, baseline_of(found), one is coming, environment)
    if coming is None:
        _draw_next()


def _draw_step(
    one: StepState, baseline: RunResult | None, is_next: bool, environment: Environment
) -> None:
    guess = f"**The guess:** {one.step.guess}" if one.step.looks else one.step.guess
    st.markdown(f"{one.step.what} {guess}")
    job = guide_state.job_of(one)
    if job is not None:
        draw_progress(job, with_others=False, place=f"_{one.step.key}")
    elif one.result is not None:
        _draw_outcome(one, one.result, baseline)
    elif one.problem is not None:
        st.caption(f":material/block: Cannot run here, so it is left out. {escape(one.problem)}")
    else:
        if one.failure is not None:
            draw_failure(one.failure)
        _draw_button(one, baseline, is_next, environment)


def _draw_button(
    one: StepState, baseline: RunResult | None, is_next: bool, environment: Environment
) -> None:
    """The estimate and the button; a lever's is closed until there is a baseline."""
    early = one.step is not BASELINE and baseline is None
    if not is_next and early:
        st.caption("Comes after the baseline.")
        return
    expected, _ = expected_of(one.spec, environment)
    st.markdown(f":material/timer: {time_sentence(expected)}")
    named = "Measure the baseline" if one.step is BASELINE else f"Measure: {one.step.title}"
    label = "Try again" if one.failure else named
    key = f"guide_{one.step.key}"
    draw_start_button(
        label, key, guide_state.start, key, one.spec, closed=False,
        text="Measures this one run, here and now; it can be cancelled while it goes on.",
    )  # fmt: skip
    draw_refusal(key)


def _draw_outcome(one: StepState, result: RunResult, baseline: RunResult | None) -> None:
    found = outcome_of(one.step, result, baseline)
    st.markdown(f"**{escape(found.headline)}**")
    for seen in found.seen:
        about = BY_KEY[seen.look.key].help
        st.markdown(f"{HELD[seen.held]} {escape(seen.words)}", help=about)
    st.info(escape(why_line(result, roofline_of(result))), icon=":material/lightbulb:")
    for caveat in found.caveats:
        st.caption(escape(caveat))
    link_to(HISTORY, "Everything about this run", ":material/open_in_new:", run=result.run_id)


def _mark(one: StepState) -> str:
    if one.result is not None:
        return ":green[:material/check_circle:]"
    return ":gray[:material/block:]" if one.problem else ":gray[:material/radio_button_unchecked:]"


def _left(found: Sequence[StepState], environment: Environment) -> str:
    """The likely time of what is still to be measured, where all of it can be told."""
    open_specs = [one.spec for one in found if not one.over]
    seconds = [_likely(spec, environment) for spec in open_specs]
    known = [each for each in seconds if each is not None]
    if not known or len(known) < len(seconds):
        return ""
    return f" · about {show_about(sum(known))} to measure the rest"


def _likely(spec: RunSpec, environment: Environment) -> float | None:
    return expected_of(spec, environment)[0].seconds_likely


def _draw_next() -> None:
    with st.container(border=True, key="guide_next"):
        st.markdown(
            "**What next?** These were single runs, one after the other. "
            + ("" if state.refused() else "To be sure of a difference, or to find what is best:")
        )
        with st.container(horizontal=True):
            link_to(COMPARE, "Compare two in turns", ":material/compare:")
            link_to(SWEEP, "Sweep a whole grid", ":material/grid_on:")
            link_to(DECIDE, "Decide by your limits", ":material/balance:")
