"""Where a person gives a task of their own: a text, or a CSV of prompts and expected answers."""

from typing import TYPE_CHECKING

import streamlit as st

from core.variants.task import AnswerTask, parse_task
from pages.widgets import state, task_state
from pages.widgets.layout import field_error

if TYPE_CHECKING:
    from pages.widgets.request import Request

EXAMPLE = """prompt,expected,match
The capital of France is,Paris,contains
"2, 4, 6,",8,regex"""
FORMAT = """A **text**: the run shows how well the model tells each next token of it.

A **CSV** with the columns `prompt`, `expected` and, if wanted, `match`: each prompt is continued by
as many tokens as the run generates, and an answer is right if it

- `contains` what was expected (the default),
- is `exact`ly that, blanks around it apart,
- or has something in it that matches it as a regular expression, `regex`.
"""
LARGEST_FILE_MB = 5


def draw_task_input(request: "Request") -> None:
    """A text area and a file; what is wrong with the task stands under them."""
    error = request.errors.get(state.TASK)
    with st.expander("Own task", expanded=bool(error), key="own_task"):
        st.text_area(
            "Text, or CSV of prompts and answers",
            value=state.first_value(state.TASK),
            key=state.TASK,
            height=110,
            placeholder=EXAMPLE,
            persist_state="session",
            help=FORMAT,
        )
        st.file_uploader(
            "Or take it from a file",
            type=["csv", "tsv", "txt", "md"],
            key=task_state.TASK_FILE,
            max_upload_size=LARGEST_FILE_MB,
            on_change=task_state.take_task_file,
            help="Its text takes the place of what stands above.",
        )
        unread = state.take_notice(state.TASK)
        if unread:
            field_error(unread)
        if error:
            field_error(error)
        elif request.spec and request.spec.workload.task:
            st.caption(_understood_as(request.spec.workload.task))


def _understood_as(content: str) -> str:
    """How the task is read, so that a CSV taken for a text is noticed before the run."""
    task = parse_task(content)
    if isinstance(task, AnswerTask):
        count = len(task.questions)
        return f"{count:,} {'question' if count == 1 else 'questions'} with expected answers."
    return f"A text of {len(task.text):,} characters."
