"""One stored run with everything that is kept of it, and how to measure it again."""

import json

import streamlit as st

from core.analysis.document import document
from core.harmless import harmless, harmless_json
from core.results.reproduce import command_line, python_snippet
from core.results.stored import StoredRun
from core.results.types import RunFailure, RunResult
from pages.widgets import past_runs, price_state, state
from pages.widgets.failure_view import draw_failure
from pages.widgets.layout import COMPARE, EXPLORE, escape, link_to
from pages.widgets.result_view import draw_result

WHAT_A_NOTE_IS = (
    "Your own words on this run. They are saved when you leave the field, found by the search in "
    "History, and part of its exports."
)


def draw_run(run_id: str) -> None:
    """The run of that id, or a word that there is none."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Back to all runs",
            key="close_run",
            icon=":material/arrow_back:",
            on_click=state.close_run,
            help="Shows the table of all runs again.",
        )
        st.caption(f"Run {escape(run_id)}")
    run = state.manager().history.get(run_id)
    if run is None:
        st.warning(f"There is no run {escape(run_id)} in this history.", icon=":material/search:")
        return
    _outcome(run)
    _note(run)
    _again(run)
    _json(run)


@st.fragment
def _json(run: StoredRun) -> None:
    """All of it as text, made when it is asked for."""
    box = st.expander(
        "Everything stored, as JSON", icon=":material/data_object:", key="run_json",
        on_change="rerun",
    )  # fmt: skip
    if not box.open:
        return
    price, twin = price_state.price_of()(run.outcome), past_runs.uncompiled_twin(run.spec)
    text = json.dumps(document(run, price, twin), indent=2, ensure_ascii=False)
    with box:
        # Without a language: colours take the browser half a second.
        st.code(harmless_json(text), language=None, height=400)


def _outcome(run: StoredRun) -> None:
    if isinstance(run.outcome, RunResult):
        draw_result(run.outcome)
    elif isinstance(run.outcome, RunFailure):
        draw_failure(run.outcome)
    else:
        st.info(f"This run is {run.status}.", icon=":material/hourglass_empty:")
        link_to(EXPLORE, "Watch it in Explore", job=run.run_id)


def _note(run: StoredRun) -> None:
    st.markdown("###### Note", help=WHAT_A_NOTE_IS)
    st.text_area(
        "Note",
        value=run.note,
        key=f"note_{run.run_id}",
        label_visibility="collapsed",
        placeholder="What should be remembered of this run?",
        disabled=state.refused() is not None,
        on_change=_annotate,
        args=(run.run_id,),
    )
    notice = state.take_notice("note")
    if notice:
        st.error(escape(f"The note is not saved: {notice}"), icon=":material/error:")
    if run.tags:
        st.caption("Tags: " + escape(", ".join(run.tags)))


def _again(run: StoredRun) -> None:
    st.markdown("###### Measure it again")
    shell, python = st.tabs(["Command line", "Python"])
    with shell:
        st.code(harmless(command_line(run.spec)), language="bash", wrap_lines=True)
    with python:
        st.code(harmless(python_snippet(run.spec)), language="python")
    link_to(COMPARE, "Measure it in turns with a change (A/B)", ":material/compare:", a=run.run_id)


def _annotate(run_id: str) -> None:
    note = state.typed(f"note_{run_id}")
    state.attempt("note", lambda: state.manager().history.annotate(run_id, note))
