"""What a run costs, per run and per million tokens, against the baseline."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from core.plots.palette import BLUE, GREY, style
from core.plots.parts import compared
from core.results.format import show
from core.results.metrics import Metric
from core.results.types import RunResult


def figure(
    runs: Mapping[str, RunResult],
    metrics: Sequence[Metric],
    colours: Sequence[str] = (BLUE, GREY),
) -> go.Figure:
    """One panel per cost metric, one bar per named run; the first run is the one in question."""
    chart = make_subplots(
        rows=len(metrics),
        cols=1,
        subplot_titles=[metric.label for metric in metrics],
        vertical_spacing=0.6 / max(len(runs), 2),
    )
    for row, metric in enumerate(metrics, start=1):
        values = [metric.read(result) for result in runs.values()]
        chart.add_bar(
            y=list(runs),
            x=values,
            orientation="h",
            marker={"color": list(colours[: len(runs)]), "line": {"width": 0}},
            text=[show(value, metric.unit) for value in values],
            textposition="auto",
            hoverinfo="y+text",
            showlegend=False,
            row=row,
            col=1,
        )
    chart.update_xaxes(showticklabels=False, showgrid=False, rangemode="tozero")
    chart.update_yaxes(autorange="reversed")
    chart.update_annotations(x=0, xanchor="left", font={"size": 13})
    return style(chart).update_layout(margin={"t": 28})


def takeaway(result: RunResult, baseline: RunResult | None, metrics: Sequence[Metric]) -> str:
    """What the chart shows, in words: each cost, and the last one against the baseline."""
    costs = [f"{m.label.lower()} {show(m.read(result), m.unit)}" for m in metrics]
    said = ", ".join(costs).capitalize()
    last = metrics[-1]
    other = last.read(baseline) if baseline else None
    against = compared(last.read(result), other, "less", "more")
    return f"{said}: {against}." if against else f"{said}."
