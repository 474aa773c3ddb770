"""How long steps of the variant take: stored measurements where there are some, else a button."""

import streamlit as st

from core.errors import RequestError
from core.experiments.batching.comparing import doubts_of_steps
from core.experiments.batching.load_request import LoadTestRequest
from core.plots import batching_fit
from core.results.format import show_about, show_time
from pages.widgets import mode_state, state
from pages.widgets.batching import batching_state
from pages.widgets.batching.batching_state import Known
from pages.widgets.batching.doubts_view import draw_doubts
from pages.widgets.batching.fit_view import draw_fit
from pages.widgets.batching.load_fields import draw_amount
from pages.widgets.batching.load_progress import draw_load_progress
from pages.widgets.batching.load_test_request import Asked, ask
from pages.widgets.batching.simulated import Steps
from pages.widgets.layout import escape
from pages.widgets.request import explain
from pages.widgets.start_box import (
    draw_refusal,
    draw_start_button,
    draw_waiting,
    unless_refused,
)

LONGEST_S = 3600
CALIBRATE = "load_calibrate"
AMOUNT = (
    "Longer tells step times better. Each size is measured three times at least, however long "
    "that takes."
)
WHAT_IT_DOES = "Loads the variant and times its steps, which every simulation below rests on."
AGAIN = "Times the steps anew; the simulations below then rest on these."
NEEDED = (
    "What follows is simulated, and a simulation needs to know how long steps take here: prefills "
    "and decode steps, over batches and lengths. They have not been measured with this variant yet."
)


def draw_calibration(asked: Asked) -> Steps | None:
    """What is known of the steps, and how to know it; returns what can be simulated with."""
    request = asked.request()
    known = batching_state.known_steps(request) if request else None
    with st.container(border=True, key="load_steps"):
        st.subheader("Step times", anchor=False)
        steps = _draw_known(known) if known else None
        if request is None:
            draw_waiting("Calibrate", asked.at_fault)
            draw_start_button("Calibrate", CALIBRATE, submit, closed=True, text=WHAT_IT_DOES)
        elif not _draw_running():
            _draw_offer(request, known)
        draw_refusal(batching_state.STEPS_NOTICE)
    return steps


def submit() -> None:
    """Measure steps for what the controls ask now."""
    request = ask(state.environment()).request()
    if request is not None:
        batching_state.calibrate(request.model_copy(update={"anew": True}))


def _draw_known(known: Known) -> Steps | None:
    """When they were measured, and how well the fit tells them."""
    try:
        steps = batching_state.steps_in(known)
    except RequestError as error:
        st.markdown(f":red[:material/error: {escape(error.reason)}]")
        return None
    when = known.calibration.measured_at
    told = f" on {show_time(when)}" if when else ""
    where = "on the sample's machine" if mode_state.is_sample() else "here"
    st.markdown(f":green[:material/check:] Measured {where} with this variant{told}.")
    if not known.covers:
        words = "This load goes beyond the sizes measured: there the simulation guesses."
        st.markdown(f":orange[:material/warning: {words}]")
    st.caption(escape(batching_fit.takeaway(steps.fitted)))
    draw_doubts(doubts_of_steps(known.calibration))
    box = st.expander("The fit, as a plot and in numbers", key="load_fit", on_change="rerun")
    if box.open:
        with box:
            draw_fit(steps, "known")
    return steps


def _draw_running() -> bool:
    """The steps that are being measured now, as the URL says, or why they were not."""
    followed = batching_state.followed_steps()
    found = batching_state.found(followed) if followed else None
    if found is None:
        return False
    if found.active:
        draw_load_progress(found)
    elif found.result.calibration is None and found.result.reason:
        st.markdown(f":orange[:material/stop_circle: {escape(found.result.reason)}]")
    return found.active


def _draw_offer(request: LoadTestRequest, known: Known | None) -> None:
    """Calibrate: over which sizes, for how long, and what stops it."""
    if known is None:
        st.markdown(NEEDED)
    problems = batching_state.plan(request).problems
    for problem in problems:
        st.markdown(f":red[:material/block: {escape(explain(problem))}]")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        draw_amount("calibration_s", LONGEST_S, "Seconds of measuring", AMOUNT)
        st.markdown(f":material/timer: {time_words(request, known)}", width="content")
    if known is None:
        closed = bool(problems)
        draw_start_button("Calibrate", CALIBRATE, submit, closed=closed, text=WHAT_IT_DOES)
    else:
        icon = ":material/restart_alt:"
        access = unless_refused(bool(problems))
        st.button("Calibrate again", CALIBRATE, icon=icon, on_click=submit, **access)
        st.caption(AGAIN)


def time_words(request: LoadTestRequest, known: Known | None) -> str:
    """How long measuring takes, and over which sizes."""
    sizes, seconds = request.range, show_about(request.calibration_s)
    longest = sizes.longest_prompt + sizes.longest_answer
    words = f"At least about {seconds} after loading, over batches up to {sizes.most_rows} and up "
    words += f"to {longest:,} tokens."
    last_s = known.took_s if known else None
    return words if last_s is None else f"{words} The last time took {show_about(last_s)} in all."
