"""A load test while it goes on: what is measured, how far, how long still, and Stop.

The fragment polls every other second, and only while the load test is active, since tabs poll while
the same cores measure.
"""

import streamlit as st

from core.experiments.batching.load_picture import LoadPicture, StoredLoadTest
from core.results.format import show_about, show_seconds
from pages.widgets.batching import batching_state
from pages.widgets.job_progress import LABELS, POLL_S
from pages.widgets.layout import escape
from pages.widgets.steady import draw_steady


def draw_load_progress(shown: LoadPicture | StoredLoadTest) -> None:
    """Kept up to date without a reload; the page is drawn anew once something has been measured."""
    st.fragment(_poll, run_every=POLL_S)(shown.experiment_id, _measured(shown))


def _poll(experiment_id: str, measured: int) -> None:
    shown = batching_state.found(experiment_id)
    if shown is None or not shown.active or _measured(shown) != measured:
        st.rerun()
    elif isinstance(shown, LoadPicture):
        _draw(shown)
    else:
        st.caption(":material/sync: Another process measures it. Stop it where it was started.")


def _measured(shown: LoadPicture | StoredLoadTest) -> int:
    """Of how much there are results."""
    result = shown.result
    return len(result.measured) + len(result.refused) + (result.calibration is not None)


def _draw(picture: LoadPicture) -> None:
    told = [escape(words(picture))]
    draw_steady(picture.experiment_id, share_of(picture), told, lambda: _stop_button(picture))


def _stop_button(picture: LoadPicture) -> None:
    st.button(
        "Stop",
        key=f"stop_{picture.experiment_id}",
        icon=":material/stop_circle:",
        on_click=batching_state.load_tests().stop,
        args=(picture.experiment_id,),
    )
    st.caption("Stop ends it and what is measured now; what was measured before is kept.")


def share_of(picture: LoadPicture) -> float:
    """The steps that are over, and what is done of the one that is measured."""
    job = picture.running
    within = min(job.done / job.total, 1.0) if job and job.total else 0.0
    return min((picture.done + within) / max(picture.total, 1), 1.0)


def words(picture: LoadPicture) -> str:
    """What is being done, and how long still."""
    if picture.ahead:
        tests = "1 load test is" if picture.ahead == 1 else f"{picture.ahead} load tests are"
        return f"Waits for its turn: {tests} before it."
    parts = [f"Measuring {picture.done + 1} of {picture.total}: {picture.label}"]
    job = picture.running
    if job is not None:
        steps = f"{job.done} of {job.total} {job.detail}" if job.total else job.detail
        parts.append(f"{LABELS[job.phase].lower()}{f' ({steps})' if steps else ''}")
    parts.append(f"{show_seconds(round(picture.elapsed_s))} so far")
    if picture.seconds_left is not None:
        parts.append(f"about {show_about(picture.seconds_left)} left")
    return " · ".join(parts)
