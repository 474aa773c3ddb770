"""How a quantity grows: measured points, computed lines, and where these begin to foretell.

A claim's pictures are drawn here, the fit of claim 6 among them.
"""

from typing import Any

import plotly.graph_objects as go

from core.analysis.claims.verdict import Curve, Picture
from core.plots.palette import GREY, SERIES, style
from core.results.format import show

AXIS_FORMATS = {"s": ("~s", "s"), "bytes": ("~s", "B"), "share": (".0%", "")}
FEW_POINTS = 12
PIXELS = 300
DASHES = ("dash", "dot", "dashdot")


def figure(picture: Picture) -> go.Figure:
    """One line per curve, those that were computed dashed, and a mark at the split."""
    chart = go.Figure()
    measured = [curve for curve in picture.curves if not curve.dashed]
    computed = [curve for curve in picture.curves if curve.dashed]
    for number, curve in enumerate(measured):
        _add(chart, curve, picture, {"color": SERIES[number % len(SERIES)], "width": 2})
    for number, curve in enumerate(computed):
        colour = SERIES[(len(measured) + number) % len(SERIES)]
        dash = DASHES[number % len(DASHES)]
        _add(chart, curve, picture, {"color": colour, "width": 2, "dash": dash})
    if picture.split is not None:
        chart.add_vline(x=picture.split, line={"color": GREY, "width": 1, "dash": "dot"})
    _axes(chart, picture)
    return style(chart).update_layout(height=PIXELS)


def _add(chart: go.Figure, curve: Curve, picture: Picture, line: dict[str, Any]) -> None:
    marked = not curve.dashed and len(curve.x) <= FEW_POINTS
    unit = "" if picture.y_unit == "tokens/s" else picture.y_unit
    chart.add_scatter(
        x=curve.x,
        y=curve.y,
        mode="lines+markers" if marked else "lines",
        line=line,
        marker={"size": 9},
        name=curve.name,
        hovertext=[
            f"{curve.name}: {show(y, unit)} at {x:,.0f} {picture.x_label}"
            for x, y in zip(curve.x, curve.y, strict=True)
        ],
        hoverinfo="text",
    )


def _axes(chart: go.Figure, picture: Picture) -> None:
    pattern, suffix = AXIS_FORMATS.get(picture.y_unit, ("~s", ""))
    ticks = sorted({x for curve in picture.curves for x in curve.x})
    chart.update_xaxes(title=picture.x_label, tickformat="~s")
    chart.update_yaxes(title=picture.y_label, tickformat=pattern, ticksuffix=suffix)
    if picture.log_x:
        few = {"tickvals": ticks} if len(ticks) <= FEW_POINTS else {"dtick": "D2"}
        chart.update_xaxes(type="log", **few)
    if picture.log_y:
        chart.update_yaxes(type="log", dtick=1)
    else:
        chart.update_yaxes(rangemode="tozero")
