"""What every page that starts something ends its plan with: what it waits for, the button, and why
it was refused.
"""

from collections.abc import Callable, Iterable
from typing import Any

import streamlit as st

from pages.widgets import state
from pages.widgets.fields import LABELS
from pages.widgets.layout import escape


def draw_waiting(button: str, wrong: Iterable[str]) -> None:
    """Which fields that button waits for; nothing where all are well."""
    names = ", ".join(dict.fromkeys(LABELS.get(field, field) for field in wrong))
    if names:
        st.markdown(f":red[:material/block: {button} waits until this is mended: {escape(names)}.]")


def draw_start_button(
    label: str, key: str, act: Callable[..., None], *args: Any, closed: bool, text: str
) -> None:
    """The button itself, on the whole width, and below it the sentence on what it does. It acts in
    a callback, which runs before anything else of a script run and so is never cut short.
    """
    st.button(
        label,
        key=key,
        type="primary",
        icon=":material/play_arrow:",
        disabled=closed,
        on_click=act,
        args=args,
        width="stretch",
    )
    st.caption(text)


def draw_refusal(topic: str) -> None:
    """Why what was asked for last on that topic is not done; told once."""
    refusal = state.take_notice(topic)
    if refusal:
        st.error(escape(refusal), icon=":material/block:")
