"""Compare: two variants in turns, stored runs beside each other, or what other engines do."""

import streamlit as st

from core.analysis.comparing.comparison import FEWEST_RUNS, MOST_RUNS
from pages.widgets import state
from pages.widgets.compare import compare_state, pair_state
from pages.widgets.compare.comparison_view import draw_comparison
from pages.widgets.compare.engines_part import draw_engines_part
from pages.widgets.compare.pair_controls import draw_pair_controls
from pages.widgets.compare.pair_panel import draw_pair_panel
from pages.widgets.compare.pair_view import draw_pair
from pages.widgets.compare.stored_runs import draw_choice
from pages.widgets.first_offer import draw_offer_if_empty
from pages.widgets.layout import error_boundary, start_page
from pages.widgets.links.compare_link import compare_link
from pages.widgets.links.link_state import linked
from pages.widgets.unsaved import draw_unsaved


def draw() -> None:
    """The three ways to compare, of which one is open."""
    draw_unsaved()
    draw_offer_if_empty()
    compare_state.begin()
    part = st.segmented_control(
        "How to compare",
        [compare_state.IN_TURNS, compare_state.STORED, compare_state.OTHERS],
        key=compare_state.PART,
        required=True,
        label_visibility="collapsed",
    )
    st.caption(compare_state.WAYS[part or compare_state.IN_TURNS])
    if part == compare_state.STORED:
        draw_stored()
    elif part == compare_state.OTHERS:
        draw_engines_part()
    else:
        draw_in_turns()


def draw_in_turns() -> None:
    """The pair that the URL names, or the controls for a new one."""
    pair = pair_state.linked_pair()
    if pair:
        draw_pair(pair)
        return
    environment, sides = state.environment(), None
    left, right = st.columns([8, 5], gap="large")
    with left, error_boundary():
        sides = draw_pair_controls(environment)
    if sides:
        with right, error_boundary():
            draw_pair_panel(sides, environment)


def draw_stored() -> None:
    """The chosen runs beside each other, once there are enough of them."""
    results = draw_choice()
    if len(results) > MOST_RUNS:
        st.error(f"{len(results)} runs are too many to tell apart; take {MOST_RUNS} at most.")
    elif len(results) < FEWEST_RUNS:
        st.info(f"Choose {FEWEST_RUNS} to {MOST_RUNS} measured runs.", icon=":material/compare:")
    else:
        draw_comparison(results)


start_page("Compare", "Which is better, by how much, and how sure that is.")
with error_boundary(), linked("compare", compare_link):
    draw()
