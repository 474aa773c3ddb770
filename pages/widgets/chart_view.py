"""Plots beside each other, each under its title and its takeaway."""

from collections.abc import Iterable
from itertools import zip_longest

import streamlit as st

from core.plots.charts import Chart
from pages.widgets.layout import escape


def draw_charts(charts: Iterable[Chart]) -> None:
    """Two plots to a row."""
    drawn = list(charts)
    for pair in zip_longest(drawn[::2], drawn[1::2]):
        for column, chart in zip(st.columns(2, gap="medium"), pair, strict=True):
            if chart is not None:
                with column:
                    st.markdown(f"**{chart.title}**  \n{escape(chart.takeaway)}")
                    key = f"plot_{chart.title}"
                    st.plotly_chart(chart.figure, key=key, config={"displayModeBar": False})
