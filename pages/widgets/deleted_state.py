"""What this session deleted from the history last, for undo.

Beside `state`, a module that touches `st.session_state`.
"""

import streamlit as st

DELETED = "deleted"


def note_deleted(run_ids: tuple[str, ...]) -> None:
    """Remember what was deleted last, for undo; nothing after an undo."""
    st.session_state[DELETED] = run_ids


def last_deleted() -> tuple[str, ...]:
    """What this session deleted last and has not restored."""
    return tuple(st.session_state.get(DELETED, ()))
