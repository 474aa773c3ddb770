"""Start: a guided first run, a baseline and then one lever at a time, or the sample data."""

import streamlit as st

from pages.widgets import guide_state, mode_state, state
from pages.widgets.first_offer import draw_sample_button
from pages.widgets.guide_view import draw_guide
from pages.widgets.layout import error_boundary, start_page
from pages.widgets.unsaved import draw_unsaved

WHAT_IT_IS = (
    "Every way to make a language model cheaper to run gives something up. This program measures "
    "what each one costs and gains **on this machine**. The steps below run a real model of 135 "
    "million parameters, and each takes one click: first a baseline, then one lever at a time, so "
    "that whatever changes comes from that lever."
)


def draw() -> None:
    """What the program is, then the guide; and a way to the sample data."""
    draw_unsaved()
    st.markdown(WHAT_IT_IS)
    if not mode_state.is_sample():
        draw_sample_offer()
    environment = state.environment()
    with error_boundary():
        draw_guide(guide_state.steps(environment), environment)


def draw_sample_offer() -> None:
    """The other way to see something at once."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("No time to measure? Every page can be looked at with another machine's runs.")
        draw_sample_button(quiet=True)


start_page("Start", "A first look in a few minutes: a baseline, then one lever at a time.")
with error_boundary():
    draw()
