"""The job that this tab follows, while it is queued or running; and the other jobs of this server.

The fragment polls every other second, and only while the job is active. It must stay cheap: tabs
poll while the same cores measure, so it draws few elements and asks two questions.
"""

from collections.abc import Iterable

import streamlit as st

from core.jobs.job import JobSnapshot
from core.results.format import DASH
from core.results.measured import Phase
from core.results.naming import short_name
from core.variants.compilation import Compilation
from core.variants.spec import RunSpec
from pages.widgets import state
from pages.widgets.layout import escape
from pages.widgets.steady import draw_steady

# A poll costs the server some 5 ms of a core that may be measuring; ten tabs poll at once.
POLL_S = 2
EM_SPACE = "\u2003"  # Markdown keeps it, where it would join plain spaces into one
LABELS = {
    Phase.QUEUED: "Queued",
    Phase.LOADING: "Loading",
    Phase.COMPILING: "Compiling",
    Phase.WARMING_UP: "Warming up",
    Phase.MEASURING: "Measuring",
    Phase.MEMORY: "Memory",
    Phase.QUALITY: "Quality",
    Phase.TASK: "Own task",
    Phase.DONE: "Done",
}


def draw_progress(job: JobSnapshot, *, with_others: bool = True, place: str = "") -> None:
    """Phases, progress and Cancel of an active job, kept up to date without a reload; below it
    the other jobs of this server, unless they are not wanted. `place` tells apart those that stand
    on one page.
    """
    st.fragment(_poll, run_every=POLL_S)(job.run_id, with_others, place)


def draw_others(active: Iterable[JobSnapshot], followed: str | None) -> None:
    """Those active jobs of this server that this tab does not follow, with a way to each."""
    for job in active:
        if job.run_id == followed:
            continue
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"Also here: {short_name(job.spec)}, {_where(job).lower()}")
            st.button(
                "Show",
                key=f"show_{job.run_id}",
                type="tertiary",
                help="Follows that run in this tab; the one that is here goes on.",
                on_click=state.follow,
                args=(job.run_id,),
            )


def phases_of(spec: RunSpec) -> tuple[Phase, ...]:
    """The phases that this run will pass through, in order."""
    left_out = set()
    if spec.variant.compile is Compilation.OFF:
        left_out.add(Phase.COMPILING)
    if not spec.workload.quality:
        left_out.add(Phase.QUALITY)
    if not spec.workload.task:
        left_out.add(Phase.TASK)
    return tuple(phase for phase in Phase if phase not in left_out)


def _poll(run_id: str, with_others: bool, place: str) -> None:
    # Asked first, so that a job which ends in between is not taken for another process's.
    active = state.manager().active()
    ours = any(job.run_id == run_id for job in active)
    job = state.manager().snapshot(run_id)
    if job is None or not job.active:
        st.rerun()
    else:
        _draw(job, ours, place)
        if with_others:
            draw_others(active, run_id)


def _draw(job: JobSnapshot, ours: bool, place: str) -> None:
    phases = phases_of(job.spec)
    at = phases.index(job.phase) if job.phase in phases else 0
    with st.container(border=True):
        st.markdown(EM_SPACE.join(_step(phase, number, at) for number, phase in enumerate(phases)))
        within = min(job.done / job.total, 1.0) if job.total else 0.0
        share, words = (at + within) / (len(phases) - 1), escape(_detail(job))
        draw_steady(f"job{place}", share, [words], lambda: _cancel(job, ours, place))


def _cancel(job: JobSnapshot, ours: bool, place: str) -> None:
    """Cancel, closed for a job of another process, which its manager alone can reach."""
    st.button(
        "Cancelling…" if job.cancelling else "Cancel",
        key=f"cancel{place}",
        icon=":material/stop_circle:",
        disabled=job.cancelling or not ours,
        on_click=state.manager().cancel,
        args=(job.run_id,),
    )
    if ours:
        st.caption("Cancel ends it without a result; the history keeps that it was tried.")
    else:
        st.caption("Another process measures this run. Cancel it where it was started.")


def _step(phase: Phase, number: int, at: int) -> str:
    if number < at:
        return f":green[:material/check:] {LABELS[phase]}"
    if number == at:
        # Not bold, which is wider: the phases behind it would move.
        return f":blue[:material/radio_button_checked: {LABELS[phase]}]"
    return f":gray[:material/radio_button_unchecked: {LABELS[phase]}]"


def _detail(job: JobSnapshot) -> str:
    steps = f"{job.done} of {job.total}" if job.total else ""
    parts = [_where(job), steps, job.detail, f"{job.elapsed_s:.0f} s since Run"]
    return " · ".join(part for part in parts if part)


def _where(job: JobSnapshot) -> str:
    if job.phase is Phase.QUEUED:
        return f"Queued at place {job.place or DASH}"
    return LABELS[job.phase]
