"""Stacked horizontal bars: one bar per run, one segment per named part. Neighbours are told apart
by a line between them and, from the fourth on, by a pattern too.
"""

from collections.abc import Mapping

import plotly.graph_objects as go

from core.plots.palette import ink
from core.results.format import show

LEAST_SHARE_FOR_TEXT = 0.15
PATTERNS = ("", "", "", "/", "x", ".", "\\")
Parts = Mapping[str, float | None]


def add_bars(
    figure: go.Figure,
    runs: Mapping[str, Parts],
    colours: Mapping[str, str],
    unit: str,
) -> None:
    """Add one segment per part to each run's bar; a part that is unknown has no segment."""
    for (name, colour), pattern in zip(colours.items(), PATTERNS, strict=False):
        values = [parts.get(name) for parts in runs.values()]
        if not any(values):
            continue
        figure.add_bar(
            name=name,
            y=list(runs),
            x=values,
            orientation="h",
            marker={"color": colour, "line": {"width": 0}, "pattern": _pattern(pattern, colour)},
            text=[_inside(parts, name, unit) for parts in runs.values()],
            textposition="inside",
            insidetextanchor="middle",
            textangle=0,
            textfont={"color": ink(colour)},
            hovertext=[f"{name}: {show(value, unit)}" for value in values],
            hoverinfo="y+text",
        )


def compared(value: float | None, base: float | None, less: str, more: str) -> str:
    """`44 % less than the baseline`; empty where there is nothing to compare."""
    if not value or not base:
        return ""
    change = value / base - 1
    if abs(change) < 0.005:
        return "the same as the baseline"
    if change > 1:
        return f"{value / base:.1f} times the baseline"
    return f"{abs(change):.0%} {less if change < 0 else more} than the baseline".replace("%", " %")


def _pattern(shape: str, colour: str) -> dict[str, object]:
    """Thin and faint marks on the colour, so that a number on it can be read."""
    marks = {"fgcolor": ink(colour), "fgopacity": 0.3}
    return {"shape": shape, "size": 7, "solidity": 0.15, "bgcolor": colour, **marks}


def _inside(parts: Parts, name: str, unit: str) -> str:
    """The segment's number, where the segment is wide enough to hold it."""
    whole = sum(value for value in parts.values() if value)
    value = parts.get(name)
    return show(value, unit) if value and value / whole > LEAST_SHARE_FOR_TEXT else ""
