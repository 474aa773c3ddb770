"""B against A: the ratio of each metric with its interval, and the ratio of every single pair."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from core.analysis.comparing.ratio_rows import RatioRow, in_words
from core.plots.palette import BAND, BLUE, GREEN, GREY, PIXELS, VERMILION, style
from core.results.format import significant

ROW_PIXELS = 32


def figure(rows: Sequence[RatioRow], smallest_effect: float) -> go.Figure:
    """A point with its interval for each metric, on a logarithmic axis where twice and half lie
    equally far from 1; the band holds the changes too small to be of interest.
    """
    chart = go.Figure()
    for row in rows:
        chart.add_scatter(
            x=[row.value],
            y=[row.label],
            error_x=_whiskers(row),
            mode="markers",
            marker={"size": 9, "color": _colour(row), "symbol": _symbol(row)},
            showlegend=False,
            hovertext=in_words(row),
            hoverinfo="y+text",
        )
    chart.add_vrect(1 / (1 + smallest_effect), 1 + smallest_effect, fillcolor=BAND, line_width=0)
    chart.add_vline(1, line={"color": GREY, "width": 1})
    chart.update_xaxes(type="log", title="B / A", tickformat="~g")
    chart.update_yaxes(autorange="reversed")
    return style(chart).update_layout(height=max(PIXELS, 70 + ROW_PIXELS * len(rows)))


def pairs_figure(ratios: Sequence[float], whole: RatioRow, smallest_effect: float) -> go.Figure:
    """Each pair's ratio in the order of time, told apart by which of the two came first, and the
    interval of them all: a drift of the machine shows as a slope, a disturbance as an outlier.
    """
    chart = go.Figure()
    for first, name, symbol in ((0, "A first", "circle"), (1, "B first", "diamond-open")):
        places = range(first, len(ratios), 2)
        chart.add_scatter(
            x=[place + 1 for place in places],
            y=[ratios[place] for place in places],
            mode="markers",
            marker={"color": BLUE, "size": 8, "symbol": symbol},
            name=name,
            hovertemplate="pair %{x}: %{y:.3f}",
        )
    if whole.interval:
        chart.add_hrect(whole.interval.low, whole.interval.high, fillcolor=BAND, line_width=0)
    chart.add_hline(whole.value, line={"color": BLUE, "width": 2})
    chart.add_hline(1, line={"color": GREY, "width": 1})
    for edge in (1 / (1 + smallest_effect), 1 + smallest_effect):
        chart.add_hline(edge, line={"color": GREY, "width": 1, "dash": "dot"})
    chart.update_xaxes(title="pair", showgrid=False, rangemode="tozero")
    chart.update_yaxes(title="B / A", tickformat="~g")
    return style(chart)


def takeaway(rows: Sequence[RatioRow]) -> str:
    """Which metrics are better and which worse with B, by how much, in words."""

    def much(row: RatioRow) -> str:
        return f"{row.label} ({significant(row.value)} ×)"

    told: Mapping[str, list[str]] = {
        "B is better in": [much(row) for row in rows if row.better],
        "worse in": [much(row) for row in rows if row.better is False],
        "the same in": [row.label for row in rows if row.alike],
        "undecided in": [much(row) for row in rows if row.better is None and not row.alike],
    }
    parts = [f"{what} {', '.join(labels)}" for what, labels in told.items() if labels]
    said = "; ".join(parts)
    return f"{said[0].upper()}{said[1:]}." if said else "Nothing was measured of both."


def pairs_takeaway(ratios: Sequence[float], smallest_effect: float) -> str:
    """How many pairs say what, in words."""
    lower = sum(ratio < 1 / (1 + smallest_effect) for ratio in ratios)
    higher = sum(ratio > 1 + smallest_effect for ratio in ratios)
    between = len(ratios) - lower - higher
    effect = f"{smallest_effect * 100:.3g} %"
    return (
        f"B was faster by more than {effect} in {lower} of {len(ratios)} pairs, slower by more "
        f"than that in {higher}, and neither in {between}."
    )


def _whiskers(row: RatioRow) -> dict[str, object] | None:
    if row.interval is None:
        return None
    above, below = row.interval.high - row.value, row.value - row.interval.low
    return {
        "type": "data",
        "symmetric": False,
        "array": [above],
        "arrayminus": [below],
        "color": _colour(row),
        "thickness": 2,
        "width": 5,
    }


def _colour(row: RatioRow) -> str:
    if row.better is None:
        return GREY
    return GREEN if row.better else VERMILION


def _symbol(row: RatioRow) -> str:
    """Colour is not all that tells better from worse."""
    if row.better is None:
        return "circle-open"
    return "triangle-left" if row.value < 1 else "triangle-right"
