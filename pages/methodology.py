"""Methodology: how each number is measured, on which machine, and what it does not say."""

from pathlib import Path

import streamlit as st

from core.analysis.batching.figures import FIGURES
from core.analysis.cost import cost_metrics
from core.analysis.roofline import ROOFLINE_METRICS
from core.results.ceilings import known_ceilings
from core.results.metrics import METRICS
from pages.widgets import state
from pages.widgets.ceilings_view import draw_ceilings
from pages.widgets.environment_view import draw_environment
from pages.widgets.first_offer import draw_offer_if_empty
from pages.widgets.layout import error_boundary, start_page
from pages.widgets.metric_list import draw_figure_list, draw_metric_list

METHOD = Path(__file__).parents[1] / "docs" / "method.md"


def draw() -> None:
    """The method, this machine, and the definition of each metric from the tables of all pages."""
    draw_offer_if_empty()
    st.markdown(METHOD.read_text(encoding="utf-8"))
    with error_boundary():
        st.markdown("### This machine")
        draw_environment(state.environment())
        draw_ceilings(known_ceilings())
    st.markdown("### Every number: definition, formula, source")
    # The price changes no definition.
    draw_metric_list((*METRICS, *ROOFLINE_METRICS, *cost_metrics(1.0)))
    st.markdown("### Every figure of a load that was served")
    draw_figure_list([*FIGURES.values()])


start_page("Methodology", "How each number is measured, and what it does not say.")
with error_boundary():
    draw()
