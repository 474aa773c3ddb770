"""Plots beside each other, each under its title and its takeaway.

Making the figures takes longer than all the rest of a result, so they are kept for the next run of
the page's script; a result never changes, only the price does.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence

import plotly.graph_objects as go
import streamlit as st

from core.analysis.batching.curve import Curve
from core.analysis.cost import cost_metrics
from core.plots import batching_curves
from core.plots.batching_curves import Panel
from core.plots.charts import Chart, charts
from core.plots.overlay import overlays
from core.results.types import RunResult
from pages.widgets import price_state
from pages.widgets.layout import escape

KEPT = 12  # results whose plots are at hand; those of one take a third of a megabyte


def charts_of(result: RunResult, baseline: RunResult | None) -> tuple[Chart, ...]:
    """All plots of a result, at this session's price."""
    prices = tuple(map(price_state.price_of(), (result, baseline)))
    return _charts(result.run_id, baseline.run_id if baseline else None, prices, result, baseline)


@st.cache_resource(max_entries=KEPT, show_spinner=False)
def _charts(
    run_id: str,  # noqa: ARG001 - the key of the cache, with the next two
    baseline_id: str | None,  # noqa: ARG001
    prices: tuple[float | None, ...],  # noqa: ARG001
    _result: RunResult,
    _baseline: RunResult | None,
) -> tuple[Chart, ...]:
    return charts(_result, _baseline, cost_metrics(price_state.price_of()))


def overlays_of(runs: Mapping[str, RunResult]) -> tuple[Chart, ...]:
    """All plots of several named runs over each other, at this session's price."""
    prices = tuple(map(price_state.price_of(), runs.values()))
    key = tuple((name, result.run_id) for name, result in runs.items())
    return _overlays(key, prices, runs)


@st.cache_resource(max_entries=KEPT, show_spinner=False)
def _overlays(
    names: tuple[tuple[str, str], ...],  # noqa: ARG001 - the key of the cache, with the next
    prices: tuple[float | None, ...],  # noqa: ARG001
    _runs: Mapping[str, RunResult],
) -> tuple[Chart, ...]:
    return overlays(_runs, cost_metrics(price_state.price_of()))


@st.cache_resource(max_entries=KEPT, show_spinner=False)
def curve_figure_of(
    key: tuple[Hashable, ...],  # noqa: ARG001 - what the curves are of
    title: str,  # noqa: ARG001 - the panel's
    rate_per_s: float,
    _panel: Panel,
    _curves: Sequence[Curve],
) -> go.Figure:
    """The plot of one figure of policies over arrival rates."""
    return batching_curves.figure(_panel, _curves, rate_per_s)


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
