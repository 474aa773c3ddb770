"""Decide: which of the measured configurations to use, by limits and a goal, or by a plot."""

import streamlit as st

from pages.widgets.decide.answer_view import draw_ask
from pages.widgets.decide.decide_scope import draw_scope
from pages.widgets.decide.pareto_view import draw_pareto
from pages.widgets.first_offer import draw_first_offer
from pages.widgets.layout import error_boundary, start_page
from pages.widgets.links.decide_link import decide_link
from pages.widgets.links.link_state import linked
from pages.widgets.unsaved import draw_unsaved


def draw() -> None:
    """What is chosen among; then a question in words and its answer; then the Pareto set."""
    draw_unsaved()
    chosen = draw_scope()
    if chosen is None:
        draw_nothing()
        return
    with error_boundary():
        draw_ask(chosen)
    st.divider()
    with error_boundary():
        draw_pareto(chosen)


def draw_nothing() -> None:
    """What comes here once something has been measured."""
    draw_first_offer("No measured runs yet. What has been measured can be chosen among here.")


start_page("Decide", "Which configuration to use: by your limits and your goal, or by a plot.")
with error_boundary(), linked("decide", decide_link):
    draw()
