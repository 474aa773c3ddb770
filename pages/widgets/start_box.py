"""What every page that starts something ends its plan with: what it waits for, the button, and why
it was refused.
"""

from collections.abc import Callable, Iterable
from typing import Any, TypedDict

import streamlit as st

from pages.widgets import state
from pages.widgets.fields import LABELS
from pages.widgets.layout import escape


class Access(TypedDict):
    """A button's state, as `st.button` takes it."""

    disabled: bool
    help: str | None


def draw_waiting(button: str, wrong: Iterable[str]) -> None:
    """Which fields that button waits for; nothing where all are well."""
    names = ", ".join(dict.fromkeys(LABELS.get(field, field) for field in wrong))
    if names:
        st.markdown(f":red[:material/block: {button} waits until this is mended: {escape(names)}.]")


def draw_start_button(
    label: str, key: str, act: Callable[..., None], *args: Any, closed: bool, text: str
) -> None:
    """The button itself, on the whole width, and below it the sentence on what it does. It acts in
    a callback, which runs before anything else of a script run and so is never cut short. Where
    nothing may be started, it says why.
    """
    st.button(
        label,
        key=key,
        type="primary",
        icon=":material/play_arrow:",
        on_click=act,
        args=args,
        width="stretch",
        **unless_refused(closed),
    )
    st.caption(text)


def unless_refused(closed: bool = False, why: str | None = None) -> Access:
    """Whether a button that starts or changes something is closed, and what it says on hover: why
    nothing may be changed here, else `why`.
    """
    refused = state.refused()
    return {"disabled": closed or refused is not None, "help": refused or why}


def draw_refusal(topic: str) -> None:
    """Why what was asked for last on that topic is not done; told once."""
    refusal = state.take_notice(topic)
    if refusal:
        st.error(escape(refusal), icon=":material/block:")
