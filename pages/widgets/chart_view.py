"""Plots beside each other, each under its title and its takeaway."""

from collections.abc import Iterable

import streamlit as st

from core.plots.charts import Chart
from pages.widgets.layout import escape


def draw_charts(charts: Iterable[Chart]) -> None:
    """Two plots to a row; a single one, or the last of an odd number, has the whole width."""
    drawn = list(charts)
    for start in range(0, len(drawn), 2):
        row = drawn[start : start + 2]
        for column, chart in zip(st.columns(len(row), gap="medium"), row, strict=True):
            with column:
                st.markdown(f"**{chart.title}**  \n{escape(chart.takeaway)}")
                key = f"plot_{chart.title}"
                st.plotly_chart(chart.figure, key=key, config={"displayModeBar": False})
