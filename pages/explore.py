"""Explore: choose a variant and a workload, run it, and read what it cost and why."""

import streamlit as st

from core.jobs.job import JobSnapshot
from pages.widgets import state
from pages.widgets.controls import draw_controls
from pages.widgets.failure_view import draw_failure
from pages.widgets.first_offer import draw_offer_if_empty
from pages.widgets.job_progress import draw_others, draw_progress
from pages.widgets.layout import error_boundary, escape, start_page
from pages.widgets.links.explore_link import explore_link
from pages.widgets.links.link_state import linked
from pages.widgets.residents import draw_residents
from pages.widgets.result_view import draw_result
from pages.widgets.run_panel import draw_run_panel
from pages.widgets.unsaved import draw_unsaved


def draw() -> None:
    """Controls on the left; what will run, what runs, and what came out on the right."""
    environment = state.environment()
    state.start_controls({"device": environment.default_device})
    draw_unsaved()
    draw_offer_if_empty()
    left, right = st.columns([5, 9], gap="large")
    request = None
    with left, error_boundary():
        request = draw_controls(environment)
    with right:
        if request:
            with error_boundary():
                draw_run_panel(request, environment)
        with error_boundary():
            draw_followed()
    if request:
        with left, error_boundary():
            draw_residents(request.device)


def draw_followed() -> None:
    """The job that this tab follows: its progress, its result, or its failure."""
    run_id = state.followed_id()
    job = state.followed_job()
    if job is not None:
        draw_job(job)
    elif run_id is not None:
        st.warning(f"There is no run {escape(run_id)} in this history.", icon=":material/search:")
    else:
        st.caption("Press Run. The result appears here: time, memory, cost and quality.")
    if job is None or not job.active:
        draw_others(state.manager().active(), run_id)


def draw_job(job: JobSnapshot) -> None:
    """A job in whatever state it is."""
    if job.result is not None:
        draw_result(job.result)
    elif job.failure is not None:
        draw_failure(job.failure)
    else:
        draw_progress(job)


start_page("Explore", "What makes inference cheap and fast, measured on this machine.")
with error_boundary(), linked("explore", explore_link):
    draw()
