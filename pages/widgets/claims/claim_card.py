"""One claim: its words, Measure here, how the trial stands, and what the latest one found."""

import streamlit as st

from core.analysis.claims.claim import Claim
from core.experiments.claims.claim_picture import StoredTrial, TrialPicture
from core.experiments.claims.claim_schedule import Schedule
from core.experiments.claims.claims import Latest
from core.results.experiments import ExperimentStatus
from core.results.format import show_about
from pages.widgets.claims import claims_state
from pages.widgets.claims.claim_progress import draw_progress
from pages.widgets.claims.claim_verdict import draw_badge, draw_details, draw_verdict
from pages.widgets.layout import escape
from pages.widgets.start_box import draw_refusal, unless_refused

MEASURE = (
    "Measures what the claim says, on this machine, and judges it by the rule that stands with its "
    "plots."
)
RESUME = "Goes on with the trial that was stopped: the steps that were measured count."


def draw_card(claim: Claim, planned: Schedule, latest: Latest | None, newest: bool) -> None:
    """The card; the details of the newest verdict are open at first."""
    running = picture_of(latest)
    judged = latest.judged if latest else None
    with st.container(border=True, key=f"claim_{claim.number}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"#### {claim.number} · {escape(claim.title)}")
            if judged and judged.result:
                draw_badge(judged.result.verdict.kind)
        st.markdown(f"> {claim.quote}")
        st.caption(escape(f"{claim.measured} {claim.physics if judged is None else ''}"))
        _draw_trial(claim, planned, latest, running)
        if judged and judged.result:
            draw_verdict(judged, judged.result.verdict)
            _draw_details(judged, newest)


def picture_of(latest: Latest | None) -> TrialPicture | None:
    """A claim's trial that this server runs now."""
    found = claims_state.claims().picture(latest.begun.experiment_id) if latest else None
    return found if found and found.active else None


def _draw_trial(
    claim: Claim, planned: Schedule, latest: Latest | None, running: TrialPicture | None
) -> None:
    """Progress where a trial runs, else the buttons."""
    if running is not None:
        draw_progress(running)
        return
    begun = latest.begun if latest else None
    if begun and begun.status is ExperimentStatus.RUNNING:
        words = "Another process has this claim on trial, or waiting for its turn."
        st.caption(f":material/sync: {words}")
    with st.container(horizontal=True, vertical_alignment="center"):
        _measure_button(claim, planned, begun)
        if begun and begun.resumable:
            _resume_button(claim, begun)
    _notes(claim, planned, begun)


def _measure_button(claim: Claim, planned: Schedule, begun: StoredTrial | None) -> None:
    elsewhere = begun is not None and begun.status is ExperimentStatus.RUNNING
    st.button(
        "Measure here",
        key=f"measure_{claim.number}",
        type="primary",
        icon=":material/play_arrow:",
        on_click=claims_state.measure,
        args=(claim.number,),
        **unless_refused(bool(planned.problems) or elsewhere, MEASURE),
    )
    st.markdown(f":material/timer: {_time_words(planned)}", width="content")


def _resume_button(claim: Claim, begun: StoredTrial) -> None:
    st.button(
        "Resume",
        key=f"resume_{claim.number}",
        icon=":material/resume:",
        on_click=claims_state.resume,
        args=(claim.number, begun.experiment_id),
        **unless_refused(begun.elsewhere, RESUME),
    )


def _notes(claim: Claim, planned: Schedule, begun: StoredTrial | None) -> None:
    """What stops a trial, what it leaves out, and how the last one ended without a verdict."""
    for problem in dict.fromkeys(map(str, planned.problems)):
        st.markdown(f":red[:material/block: {escape(problem)}]")
    draw_refusal(claims_state.topic(claim.number))
    if planned.left_out:
        labels = "; ".join(step.label for step in planned.left_out)
        st.caption(escape(f"Left out, since it would take too long: {labels}."))
    if begun and begun.resumable:
        reason = begun.reason or "Its process ended before it did."
        st.caption(escape(f"The last trial gave no verdict. {reason}"))


def _draw_details(judged: StoredTrial, newest: bool) -> None:
    assert judged.result is not None
    key = f"details_{judged.experiment_id}"
    box = st.expander("Plots, rules and runs", expanded=newest, key=key, on_change="rerun")
    if box.open:
        with box:
            run_ids = claims_state.claims().run_ids(judged.experiment_id)
            draw_details(judged, judged.result.verdict, run_ids)


def _time_words(planned: Schedule) -> str:
    if planned.seconds is None:
        return "How long it takes is not known."
    return f"About {show_about(planned.seconds.likely)}."
