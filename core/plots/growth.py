"""How a quantity grows: measured points, computed lines, and where these begin to foretell.

A claim's pictures are drawn here, the fit of claim 6 among them.
"""

from typing import Any

import plotly.graph_objects as go

from core.analysis.claims.verdict import Curve, Picture
from core.plots.palette import GREY, MARKERS, SERIES, style
from core.results.format import show, significant

AXIS_FORMATS = {"s": ("~s", "s"), "bytes": ("~s", "B"), "share": (".0%", "")}
FEW_POINTS = 12
PIXELS = 300
MOST_TOLD = 3
ALIKE = 0.05
DASHES = ("dash", "dot", "dashdot")


def figure(picture: Picture) -> go.Figure:
    """One line per curve, those that were computed dashed, and a mark at the split."""
    chart = go.Figure()
    measured = [curve for curve in picture.curves if not curve.dashed]
    computed = [curve for curve in picture.curves if curve.dashed]
    for number, curve in enumerate(measured):
        line = {"color": SERIES[number % len(SERIES)], "width": 2}
        _add(chart, curve, picture, line, MARKERS[number % len(MARKERS)])
    for number, curve in enumerate(computed):
        colour = SERIES[(len(measured) + number) % len(SERIES)]
        dash = DASHES[number % len(DASHES)]
        _add(chart, curve, picture, {"color": colour, "width": 2, "dash": dash})
    if picture.split is not None:
        chart.add_vline(x=picture.split, line={"color": GREY, "width": 1, "dash": "dot"})
    _axes(chart, picture)
    return style(chart).update_layout(height=PIXELS)


def takeaway(picture: Picture) -> str:
    """From where to where the measured curves go, in words."""
    measured = [curve for curve in picture.curves if curve.x and not curve.dashed]
    told = [_told(curve, picture) for curve in measured[:MOST_TOLD]]
    if not told:
        return "Nothing of it was measured: the lines are computed."
    more = len(measured) - len(told)
    return f"{'; '.join(told)}{f'; and {more} more' if more else ''}."


def _told(curve: Curve, picture: Picture) -> str:
    """`without the cache: 12.0 ms at 1 and 80.0 ms at 64 tokens, 6.7 times as much`."""
    points = sorted(zip(curve.x, curve.y, strict=True))
    (first_x, first), (last_x, last) = points[0], points[-1]
    said = f"{curve.name}: {show(first, picture.y_unit)} at {first_x:,.0f}"
    if first_x == last_x:
        return f"{said} {picture.x_label}"
    said += f" and {show(last, picture.y_unit)} at {last_x:,.0f} {picture.x_label}"
    if not first or picture.y_unit == "share":
        return said
    if abs(last / first - 1) <= ALIKE:
        return f"{said}, about the same"
    return f"{said}, {significant(last / first, 2)} times as much"


def _add(
    chart: go.Figure,
    curve: Curve,
    picture: Picture,
    line: dict[str, Any],
    symbol: str = MARKERS[0],
) -> None:
    marked = not curve.dashed and len(curve.x) <= FEW_POINTS
    unit = "" if picture.y_unit == "tokens/s" else picture.y_unit
    chart.add_scatter(
        x=curve.x,
        y=curve.y,
        mode="lines+markers" if marked else "lines",
        line=line,
        marker={"size": 9, "symbol": symbol},
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
