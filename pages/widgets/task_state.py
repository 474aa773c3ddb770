"""The task of a person's own, taken from a file.

Beside `state`, a module that touches `st.session_state`.
"""

import streamlit as st

from pages.widgets.state import TASK, leave_notice

TASK_FILE = "task_file"


def take_task_file() -> None:
    """Make the uploaded file the task; one that is no text leaves a notice instead."""
    uploaded = st.session_state[TASK_FILE]
    if uploaded is None:
        return
    try:
        st.session_state[TASK] = uploaded.getvalue().decode("utf-8-sig")
    except UnicodeDecodeError:
        leave_notice(f"{uploaded.name} is no text in UTF-8.", TASK)
