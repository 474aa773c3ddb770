"""A pair: while it is measured, what was decided of it, or why it ended without a result."""

from collections.abc import Sequence

import streamlit as st

from core.jobs.job import JobSnapshot
from core.results.naming import long_name
from core.results.types import RunFailure, RunResult
from pages.widgets import pair_state, state
from pages.widgets.failure_view import draw_failure
from pages.widgets.job_progress import draw_progress
from pages.widgets.layout import escape
from pages.widgets.pair_result import draw_judged


def draw_pair(run_ids: Sequence[str]) -> None:
    """The pair of these runs, in whatever state it is, and the way back to the controls."""
    st.button(
        "Another A/B", key="leave_pair", icon=":material/arrow_back:", on_click=pair_state.leave_pair
    )
    jobs = [state.manager().snapshot(run_id) for run_id in run_ids]
    for run_id, job in zip(run_ids, jobs, strict=True):
        if job is None:
            st.warning(f"There is no run {escape(run_id)} in this history.", icon=":material/search:")
    known = [job for job in jobs if job is not None]
    if any(job.active for job in known):
        _draw_active(known)
    elif known:
        _draw_ended(known)


def _draw_active(jobs: Sequence[JobSnapshot]) -> None:
    """Both variants' names, and the progress of the one entry in the queue that they are."""
    for name, job in zip("AB", jobs, strict=False):
        st.markdown(f"**{name}** {escape(long_name(job.spec))}")
    draw_progress(next(job for job in jobs if job.active))


def _draw_ended(jobs: Sequence[JobSnapshot]) -> None:
    failures = [job.failure for job in jobs if job.failure]
    for failure in failures:
        _draw_failed(failure)
    results = [job.result for job in jobs if job.result]
    if failures:
        return
    pair = pair_of(results)
    if isinstance(pair, str):
        st.warning(escape(pair), icon=":material/search_off:")
    else:
        draw_judged(*pair)
