"""A sweep as it goes on: counts, the running cell, time left, Stop or Resume.

The fragment polls every other second, and only while the sweep is active. It must stay cheap: tabs
poll while the same cores measure. The plots are drawn anew only when a cell has ended.
"""

import streamlit as st

from core.analysis.forecast.span import Span
from core.experiments.sweeps.cells import CellState
from core.experiments.sweeps.sweep_picture import SweepPicture
from core.experiments.sweeps.sweep_request import Stage
from core.jobs.job import JobSnapshot
from core.results.experiments import ExperimentStatus
from core.results.format import DASH, show, show_about, show_seconds, show_usd
from core.results.naming import name_among
from pages.widgets.job_progress import LABELS
from pages.widgets.layout import escape
from pages.widgets.start_box import draw_refusal, unless_refused
from pages.widgets.steady import draw_steady
from pages.widgets.sweep import sweep_state

POLL_S = 2
STOP = "Ends it and the cell that is measured now; what is measured stays, and it can be resumed."
RESUME = "Measures the cells that are still open, with the same budget again."
STOP_THERE = "Another process runs it; stop it there."
ENDED = (CellState.DONE, CellState.REUSED, CellState.FAILED, CellState.SKIPPED)
WORDS = {
    CellState.DONE: "measured",
    CellState.REUSED: "measured before",
    CellState.FAILED: "failed",
    CellState.SKIPPED: "skipped",
    CellState.WAITING: "waiting",
}


def draw_sweep_progress(picture: SweepPicture) -> None:
    """How it stands; kept up to date without a reload while it is active."""
    if picture.active:
        ended = picture.count(*ENDED)
        st.fragment(_poll, run_every=POLL_S)(picture.experiment_id, ended, picture.stage)
    else:
        _draw(picture)
    draw_refusal(sweep_state.NOTICE)


def _poll(experiment_id: str, ended: int, stage: Stage) -> None:
    picture = sweep_state.picture(experiment_id)
    news = picture is None or picture.count(*ENDED) != ended or picture.stage is not stage
    if picture is None or not picture.active or news:
        st.rerun()
    else:
        _draw(picture)


def _draw(picture: SweepPicture) -> None:
    with st.container(border=True):
        st.markdown(f"**{_status(picture)}**  {_counts(picture)}")
        done = picture.count(*ENDED)
        told = [_now(picture), " · ".join(_times(picture)), *picture.notes]
        share = done / max(len(picture.cells), 1)
        draw_steady(
            "sweep",
            share,
            [*map(escape, told)],
            lambda: _buttons(picture),
            active=picture.active,
        )


def _status(picture: SweepPicture) -> str:
    words = {
        ExperimentStatus.RUNNING: ":blue[:material/play_arrow: Running]",
        ExperimentStatus.DONE: ":green[:material/check: Done]",
        ExperimentStatus.STOPPED: ":orange[:material/stop_circle: Stopped]",
        ExperimentStatus.INTERRUPTED: ":orange[:material/power_off: Interrupted]",
    }
    return words[picture.status]


def _counts(picture: SweepPicture) -> str:
    told = [f"{n} {word}" for state_, word in WORDS.items() if (n := picture.count(state_))]
    impossible = len(picture.prepared.cells.impossible)
    return ", ".join([*told, *([f"{impossible} impossible"] if impossible else [])])


def _now(picture: SweepPicture) -> str:
    """What is being done, or why nothing is."""
    if picture.status is ExperimentStatus.INTERRUPTED:
        return "The program ended while it went on. What was measured is kept."
    if not picture.active:
        return picture.reason or f"{picture.count(*ENDED)} of {len(picture.cells)} cells"
    if not picture.running:
        return "Getting ready"
    what = "Trial: " if picture.stage is Stage.TRIAL else ""
    return what + " | ".join(_job(job, picture) for job in picture.running)


def _job(job: JobSnapshot, picture: SweepPicture) -> str:
    """One of the runs that are measured now, and where, if there are several places."""
    name = name_among(job.spec, picture.request.axes)
    where = [job.slot] if job.slot and len(picture.request.devices) > 1 else []
    return " · ".join([name, *where, LABELS[job.phase], f"{job.elapsed_s:.0f} s"])


def _times(picture: SweepPicture) -> list[str]:
    """Seconds so far, those that are left, what was expected, and what the budget says."""
    so_far = show_seconds(round(picture.spent.seconds))
    parts = [f"{so_far} {'so far' if picture.active else 'in all'}"]
    if picture.active:
        parts.append(f"left about {_span(picture.left)}")
    if picture.estimate is not None:
        parts.append(f"expected {show_about(picture.estimate.likely)}")
    if picture.spent.timed_share is not None:
        parts.append(f"{show(picture.spent.timed_share, 'share')} warming up and measuring")
    return [*parts, *_budget(picture)]


def _span(left: Span | None) -> str:
    if left is None:
        return DASH
    return f"{show_about(left.likely)} ({show_about(left.low)} to {show_about(left.high)})"


def _budget(picture: SweepPicture) -> list[str]:
    budget = picture.budget
    if budget.seconds is None or not picture.sitting_s:
        return []
    used = [show_seconds(round(picture.sitting_s))]
    if budget.budget_usd is not None:
        used.append(show_usd(picture.sitting_s / 3600 * budget.usd_per_hour))
    return [f"budget {budget}, used {' or '.join(used)}"]


def _is_open(picture: SweepPicture) -> bool:
    """Whether resuming has something to measure: also the cell that the end interrupted."""
    interrupted = picture.status is ExperimentStatus.INTERRUPTED
    return interrupted or picture.count(CellState.WAITING) > 0


def _buttons(picture: SweepPicture) -> None:
    with st.container(horizontal=True):
        if picture.active:
            st.button(
                "Stop",
                key="sweep_stop",
                icon=":material/stop_circle:",
                on_click=sweep_state.sweeps().stop,
                args=(picture.experiment_id,),
                **unless_refused(not picture.ours, STOP if picture.ours else STOP_THERE),
            )
        elif _is_open(picture) and Stage.CELLS in picture.request.stages:
            st.button(
                "Resume",
                key="sweep_resume",
                icon=":material/play_arrow:",
                on_click=sweep_state.resume,
                args=(picture.experiment_id,),
                **unless_refused(why=RESUME),
            )
