"""What every page offers while nothing has been measured: a guided first run, or sample data."""

import contextlib

import streamlit as st

from core.errors import HistoryError
from core.results.queries import EVERY_RUN
from pages.widgets import mode_state, state
from pages.widgets.layout import START, link_to

SAMPLE_HELP = "Shows every page with another machine's runs, marked as such, until you leave them."


def draw_offer_if_empty() -> None:
    """The two offers where the history has no run yet; nothing where it has one, or cannot be read,
    which is told elsewhere.
    """
    with contextlib.suppress(HistoryError):
        if not state.manager().history.count(EVERY_RUN):
            draw_first_offer()


def draw_first_offer(said: str = "Nothing has been measured here yet.") -> None:
    """What is missing, and the two ways to see something at once."""
    with st.container(border=True, key="first_offer"):
        st.markdown(
            f"**{said}** The guided first run measures a baseline and then one lever at a time, "
            "in a few minutes. The sample data show every page filled with another machine's runs."
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            if state.refused() is None:
                link_to(START, "Guided first run", ":material/flag:")
            draw_sample_button()


def draw_sample_button(*, quiet: bool = False) -> None:
    """The way to the sample data."""
    st.button(
        "Look at sample data",
        key="look_at_sample",
        icon=":material/science:",
        type="tertiary" if quiet else "secondary",
        help=SAMPLE_HELP,
        on_click=mode_state.look_at_sample,
    )
