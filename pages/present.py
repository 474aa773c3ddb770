"""Present: what another configuration saves in money per month, to show to others; and a report."""

import streamlit as st

from core.analysis.savings.saving import Told, savings_of
from pages.widgets.first_offer import draw_first_offer
from pages.widgets.layout import error_boundary, start_page
from pages.widgets.links.link_state import linked
from pages.widgets.links.present_link import present_link
from pages.widgets.present import present_state
from pages.widgets.present.choice import Choice, draw_choice, draw_requests
from pages.widgets.present.large_view import draw_caveats, draw_large
from pages.widgets.present.report_download import draw_download
from pages.widgets.unsaved import draw_unsaved


def draw() -> None:
    """The volume, what else it is reckoned from, folded away, and the amount."""
    draw_unsaved()
    rows = present_state.recent_rows()
    if not rows:
        draw_nothing()
        return
    present_state.begin()
    requests = draw_requests()
    with st.expander("What is compared, price, and how machines are paid", icon=":material/tune:"):
        choice = draw_choice(rows, requests)
    draw_presented(choice)


def draw_presented(choice: Choice) -> None:
    """The savings of that choice, and its report."""
    then = choice.then.result if choice.then else None
    savings = savings_of(choice.today.result, then, choice.terms)
    draw_large(savings)
    if savings.told is not Told.REFUSED:
        draw_caveats(savings)
        draw_download(choice, savings)


def draw_nothing() -> None:
    """What comes here once something has been measured."""
    draw_first_offer(
        "Nothing has been measured yet. Two runs of the same prompt are needed: the configuration "
        "in use today, and another one. Then what it saves per month stands here."
    )


start_page("Present", "What another configuration saves in a month, in large type, to show around.")
with error_boundary(), linked("present", present_link):
    draw()
