"""A pair: while it is measured, what was decided of it, or why it ended without a result."""

from collections.abc import Sequence

import streamlit as st

from core.analysis.comparing.pairs import checked_pair, pair_ids
from core.errors import RequestError
from core.jobs.job import JobSnapshot
from core.results.naming import long_name
from core.results.types import Outcome
from pages.widgets import state
from pages.widgets.compare import pair_state
from pages.widgets.compare.pair_result import draw_judged
from pages.widgets.failure_view import draw_failure
from pages.widgets.job_progress import draw_progress
from pages.widgets.layout import HISTORY, escape, link_to

SIDES = "AB"


def draw_pair(named: tuple[str, ...]) -> None:
    """The pair of these runs, in whatever state it is, and the way back to the controls."""
    st.button(
        "Another A/B",
        key="leave_pair",
        icon=":material/arrow_back:",
        on_click=pair_state.leave_pair,
        help="Goes back to the controls, as they were; this one stays in the history.",
    )
    jobs = _snapshots(pair_ids(named, _outcome))
    if any(job.active for job in jobs):
        _draw_active(jobs)
    elif any(job.failure for job in jobs):
        _draw_failed(jobs)
    elif jobs:
        _draw_results(jobs)


def _outcome(run_id: str) -> Outcome | None:
    job = state.manager().snapshot(run_id)
    return job.outcome if job else None


def _snapshots(run_ids: Sequence[str]) -> list[JobSnapshot]:
    """The runs as they are now; those that are not known are said."""
    found = []
    for run_id in run_ids:
        job = state.manager().snapshot(run_id)
        if job is None:
            said = f"There is no run {escape(run_id)} in this history."
            st.warning(said, icon=":material/search:")
        else:
            found.append(job)
    return found


def _draw_active(jobs: Sequence[JobSnapshot]) -> None:
    """Both variants' names, and the progress of the one entry in the queue that they are."""
    for side, job in zip(SIDES, jobs, strict=False):
        st.markdown(f"**{side}** {escape(long_name(job.spec))}")
    draw_progress(next(job for job in jobs if job.active), with_others=False)
    st.caption("While measuring, the count is of pairs; it ends as soon as it is decided.")


def _draw_failed(jobs: Sequence[JobSnapshot]) -> None:
    """What each side ended as. A pair is measured as one, so that one failure ends both."""
    for side, job in zip(SIDES, jobs, strict=False):
        st.markdown(f"**{side}** {escape(long_name(job.spec))}")
        if job.failure:
            draw_failure(job.failure)
        else:
            link_to(HISTORY, f"{side} was measured: open it", run=job.run_id)


def _draw_results(jobs: Sequence[JobSnapshot]) -> None:
    try:
        a, b = checked_pair(tuple(job.result for job in jobs if job.result))
    except RequestError as error:
        st.warning(escape(str(error)), icon=":material/search_off:")
        return
    draw_judged(a, b)
