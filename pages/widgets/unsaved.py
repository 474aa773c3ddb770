"""The banner for results that the history could not take: they live in memory until saved."""

import json

import streamlit as st

from core.jobs.job import JobSnapshot
from pages.widgets import past_runs, state
from pages.widgets.layout import MEANWHILE, escape


def draw_unsaved() -> None:
    """Say which results are in memory only, and offer to download them or to try again."""
    _problem()
    unsaved = state.manager().unsaved()
    if not unsaved:
        return
    count = f"{len(unsaved)} results are" if len(unsaved) > 1 else "One result is"
    st.warning(
        f"{count} not saved: {escape(unsaved[-1].unsaved or '')} It stays in memory only until "
        "the dashboard ends. Download it now, or free the cause and try again.",
        icon=":material/database_off:",
    )
    with st.container(horizontal=True):
        st.download_button(
            "Download as JSON",
            data=lambda: as_json(unsaved),
            file_name="unsaved-runs.json",
            mime="application/json",
            key="download_unsaved",
            help="Everything of these results as one file, in case they cannot be saved.",
            on_click="ignore",
        )
        st.button("Try to save again", key="save_again", on_click=_save_again,
                  help="Writes them into the history, if it can be written now.")  # fmt: skip
    notice = state.take_notice("save")
    if notice:
        st.error(escape(notice), icon=":material/error:")


def _problem() -> None:
    problem = past_runs.history_problem()
    if problem:
        meanwhile = "" if state.refused() else MEANWHILE
        st.warning(f"{escape(problem)} {meanwhile}", icon=":material/database_off:")


def as_json(unsaved: tuple[JobSnapshot, ...]) -> str:
    """Everything of these outcomes, as one JSON document."""
    outcomes = [job.outcome.model_dump(mode="json") for job in unsaved if job.outcome]
    return json.dumps(outcomes, indent=2)


def _save_again() -> None:
    state.attempt("save", state.manager().save_again)
