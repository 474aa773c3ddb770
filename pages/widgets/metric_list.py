"""Every metric with its definition, formula and source, from the tables that all pages use."""

from collections.abc import Sequence

import streamlit as st

from core.results.metric import Metric
from pages.widgets.layout import escape

DIRECTIONS = {True: " · *higher is better*", False: " · *lower is better*", None: ""}


def draw_metric_list(metrics: Sequence[Metric]) -> None:
    """One paragraph for each."""
    for metric in metrics:
        st.markdown(definition(metric))


def definition(metric: Metric) -> str:
    """A metric's name, unit, key and direction, and below them what it means and is made of."""
    unit = f" ({metric.unit})" if metric.unit else ""
    better = DIRECTIONS[metric.higher_is_better]
    lines = [f"**{metric.label}**{unit} `{metric.key}`{better}", escape(metric.help)]
    if metric.formula:
        lines.append(f"*Formula:* {escape(metric.formula)}")
    if metric.source:
        lines.append(f"*Source:* {escape(metric.source)}")
    return "  \n".join(lines)
