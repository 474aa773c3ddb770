"""Methodology: how each number is measured, in words and formulas."""

from pathlib import Path

import streamlit as st

from core.results.metrics import METRICS, Metric
from pages.widgets.layout import error_boundary, escape, start_page

DIRECTIONS = {True: " · *higher is better*", False: " · *lower is better*", None: ""}
METHOD = Path(__file__).parents[1] / "docs" / "method.md"


def draw() -> None:
    """The method, and the definition of each metric from the table that all pages use."""
    st.markdown(METHOD.read_text(encoding="utf-8"))
    st.markdown("### Every number and its definition")
    for metric in METRICS:
        st.markdown(definition(metric))


def definition(metric: Metric) -> str:
    """A metric's name, unit, key and direction, and below them what it means."""
    unit = f" ({metric.unit})" if metric.unit else ""
    better = DIRECTIONS[metric.higher_is_better]
    return f"**{metric.label}**{unit} `{metric.key}`{better}  \n{escape(metric.help)}"


start_page("Methodology", "How each number is measured, and what it does not say.")
with error_boundary():
    draw()
