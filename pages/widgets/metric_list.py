"""Every metric with its definition, formula and source, from the tables that all pages use; and
its name in a table of any page, which shows the definition on hover and leads to it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import streamlit as st

from core.analysis.batching.figures import Figure
from core.analysis.deciding.objectives import Objective
from core.results.metric import Metric
from pages.widgets.layout import escape

# Beside the pages, whatever path they are served under.
METHODOLOGY = "methodology"

DIRECTIONS = {True: " · *higher is better*", False: " · *lower is better*", None: ""}


def draw_metric_list(metrics: Sequence[Metric]) -> None:
    """A heading for each, which a link can name, and a paragraph."""
    for metric in metrics:
        with st.container(gap="xxsmall"):
            st.subheader(metric.label, anchor=anchor_of(metric))
            st.markdown(definition(metric))


def draw_figure_list(figures: Sequence[Figure]) -> None:
    """The same for the figures of a load that was served."""
    for figure in figures:
        with st.container(gap="xxsmall"):
            st.subheader(figure.label, anchor=anchor_of(figure))
            st.markdown(definition(figure))


def anchor_of(defined: Metric | Figure) -> str:
    """Where its definition stands on the page of the method."""
    return f"serving_{defined.key}" if isinstance(defined, Figure) else defined.key


def defined_name(defined: Metric | Figure) -> str:
    """Its name for a cell of a table: hovering over it shows the definition, a click opens it."""
    target = f'{METHODOLOGY}#{anchor_of(defined)} "{escape(defined.help)}"'
    return f"[{escape(defined.label)}]({target})"


def explained(told: Iterable[Metric | Figure | Objective]) -> str:
    """What each of these is, for the help of a sentence that has them."""
    return "\n\n".join(f"**{escape(one.label)}**: {escape(one.help)}" for one in told)


def explained_columns(texts: Mapping[str, str], right: Collection[str] = ()) -> dict[str, Any]:
    """The columns of a table with a sentence on each; those named in `right` hold numbers that are
    written with their units, and are aligned as numbers are.
    """
    return {
        name: st.column_config.Column(help=text, alignment="right" if name in right else None)
        for name, text in texts.items()
    }


def definition(defined: Metric | Figure) -> str:
    """Its unit, key and direction, and below them what it means and is made of."""
    unit = f"{defined.unit} · " if defined.unit else ""
    lines = [f"{unit}`{defined.key}`{DIRECTIONS[defined.higher_is_better]}", escape(defined.help)]
    if isinstance(defined, Metric):
        if defined.formula:
            lines.append(f"*Formula:* {escape(defined.formula)}")
        if defined.source:
            lines.append(f"*Source:* {escape(defined.source)}")
    return "  \n".join(lines)
