"""A sweep as a heat map that fills: two levers as axes, one metric as colour, a third as panels.

A square without a value says in words why: it waits, runs, failed, was skipped, or is impossible.
Each of these has a colour of its own, apart from the scale's.
"""

import math
from collections.abc import Callable, Sequence

import plotly.graph_objects as go
from plotly.colors import sample_colorscale
from plotly.subplots import make_subplots

from core.analysis.deciding.objectives import Objective
from core.analysis.squares import Filling, Plane, Square
from core.plots.palette import (
    BLUE,
    FAINT,
    GREY,
    SEQUENTIAL,
    SLATE,
    VERMILION,
    WHITE,
    ink,
    style,
)
from core.results.format import show

ALIKE = 0.02
WIDE_SPREAD = 20.0  # from here on the colours are logarithmic
ROW_PIXELS, FRAME_PIXELS = 44, 110
MOST_NUMBERS = 150  # squares; in more of them a number could not be read
LOOKS = {
    Filling.RUNNING: (BLUE, WHITE, "running"),
    Filling.WAITING: (FAINT, GREY, "waiting"),
    Filling.FAILED: (VERMILION, WHITE, "failed"),
    Filling.SKIPPED: (GREY, ink(GREY), "skipped"),
    Filling.IMPOSSIBLE: (SLATE, WHITE, "impossible"),
}
Scale = tuple[float, float, bool]


def figure(
    planes: Sequence[Plane], objective: Objective, labels: tuple[str, str, str]
) -> go.Figure:
    """The panels beside each other, of one colour scale; `labels` are those of the axes and of
    what tells the panels apart.
    """
    across, up, third = labels
    titles = [f"{third} {plane.title}" for plane in planes] if len(planes) > 1 else None
    chart = make_subplots(1, len(planes), shared_yaxes=True, subplot_titles=titles,
                          horizontal_spacing=0.02)  # fmt: skip
    scale = _scale(planes)
    for column, plane in enumerate(planes, 1):
        for trace in _traces(plane, objective, scale, column == len(planes)):
            chart.add_trace(trace, row=1, col=column)
    chart.update_xaxes(type="category", title=across, showgrid=False)
    chart.update_yaxes(type="category", showgrid=False, autorange="reversed")
    chart.update_yaxes(title=up, col=1)
    rows = max(len(plane.up) for plane in planes)
    return style(chart).update_layout(
        height=FRAME_PIXELS + ROW_PIXELS * rows + (20 if titles else 0),
        margin={"t": 30 if titles else 8},
    )


def takeaway(planes: Sequence[Plane], objective: Objective) -> str:
    """The best square in words, and how far the worst is from it."""
    found = [square.shown for plane in planes for square in plane.squares.values()
             if square.shown.value is not None]  # fmt: skip
    way = f"{objective.label}, {'higher' if objective.higher_is_better else 'lower'} is better"
    if not found:
        return f"{way}. Nothing is measured yet."
    sign = -1.0 if objective.higher_is_better else 1.0
    ranked = sorted(found, key=lambda spot: sign * (spot.value or 0.0))
    best, worst = ranked[0], ranked[-1]
    said = f"{way}. Best so far: {best.name} with {show(best.value, objective.unit)}"
    if len(ranked) == 1:
        return f"{said}, the only one with a value."
    if abs((worst.value or 0.0) - (best.value or 0.0)) <= ALIKE * abs(best.value or 0.0):
        return f"{said}; all {len(ranked)} squares are alike, within {show(ALIKE, 'share')}."
    return f"{said}; the worst is {worst.name} with {show(worst.value, objective.unit)}."


def _scale(planes: Sequence[Plane]) -> Scale | None:
    """Least and greatest value, as they are coloured, and whether by logarithms; None without
    any value.
    """
    values = [square.shown.value for plane in planes for square in plane.squares.values()
              if square.shown.value is not None]  # fmt: skip
    if not values:
        return None
    low, high = min(values), max(values)
    wide = low > 0 and high / low > WIDE_SPREAD
    return (math.log10(low), math.log10(high), True) if wide else (low, high, False)


def _traces(
    plane: Plane, objective: Objective, scale: Scale | None, bar: bool
) -> list[go.Heatmap | go.Scatter]:
    traces = [_state(plane, filling) for filling in LOOKS]
    if scale is not None:
        traces += [_colours(plane, objective, scale, bar), _numbers(plane, objective, scale)]
    return [trace for trace in traces if trace is not None]


def _colours(plane: Plane, objective: Objective, scale: Scale, bar: bool) -> go.Heatmap:
    low, high, _ = scale

    def colour(square: Square | None) -> float | None:
        value = square.shown.value if square else None
        return None if value is None else _place(value, scale)

    return go.Heatmap(
        x=plane.across,
        y=plane.up,
        z=_table(plane, colour),
        customdata=_table(plane, told),
        hovertemplate="%{customdata}<extra></extra>",
        zmin=low,
        zmax=high if high > low else low + 1e-9,
        colorscale=SEQUENTIAL,
        reversescale=not objective.higher_is_better,
        showscale=bar,
        colorbar=_bar(objective, scale),
        xgap=2,
        ygap=2,
    )


def _numbers(plane: Plane, objective: Objective, scale: Scale) -> go.Scatter | None:
    """The values as texts, black or white by what stands out from the square; a heat map's own
    texts are grey on green. None where there are too many to be read.
    """
    known = [(key, square.shown.value) for key, square in plane.squares.items()
             if square.shown.value is not None]  # fmt: skip
    if len(plane.across) * len(plane.up) > MOST_NUMBERS or not known:
        return None
    return go.Scatter(
        x=[x for (x, _), _ in known],
        y=[y for (_, y), _ in known],
        text=[show(value, objective.unit) for _, value in known],
        mode="text",
        textfont={"color": [_ink(value, objective, scale) for _, value in known], "size": 12},
        hoverinfo="skip",
        showlegend=False,
    )


def _ink(value: float, objective: Objective, scale: Scale) -> str:
    """Black or white, whichever has the higher contrast on the value's colour."""
    low, high, _ = scale
    share = (_place(value, scale) - low) / (high - low) if high > low else 0.0
    share = share if objective.higher_is_better else 1 - share
    (colour,) = sample_colorscale(SEQUENTIAL, [min(max(share, 0.0), 1.0)], colortype="tuple")
    return ink("#" + "".join(f"{round(255 * level):02X}" for level in colour))


def _place(value: float, scale: Scale) -> float:
    """Where a value stands on the scale."""
    return math.log10(value) if scale[2] else value


def _state(plane: Plane, filling: Filling) -> go.Heatmap | None:
    """The squares of one kind without a value; None where there are none."""
    ground, ink, word = LOOKS[filling]
    present = [key for key, square in plane.squares.items() if square.filling is filling]
    if not present:
        return None
    return go.Heatmap(
        x=plane.across,
        y=plane.up,
        z=_table(plane, lambda square: 1.0 if square and square.filling is filling else None),
        text=_table(plane, lambda square: word if square and square.filling is filling else ""),
        texttemplate="%{text}" if len(plane.squares) <= MOST_NUMBERS else None,
        textfont={"color": ink, "size": 11},
        customdata=_table(plane, told),
        hovertemplate="%{customdata}<extra></extra>",
        colorscale=[[0, ground], [1, ground]],
        showscale=False,
        xgap=2,
        ygap=2,
    )


def _bar(objective: Objective, scale: Scale) -> dict[str, object]:
    """The scale's ends and middle in the metric's own unit."""
    low, high, logarithmic = scale
    places = [low, (low + high) / 2, high]
    values = [10**place if logarithmic else place for place in places]
    return {
        "thickness": 12,
        "tickvals": places,
        "ticktext": [show(value, objective.unit) for value in values],
    }


def told(square: Square | None) -> str:
    """What hovering over a square says."""
    if square is None:
        return "the same as another cell"
    spot, counts = square.shown, square.counts
    kinds = ", ".join(f"{count} {filling}" for filling, count in counts.items())
    lines = [spot.name, _wrapped(spot.reason), kinds if sum(counts.values()) > 1 else ""]
    if spot.run_id:
        lines.append(f"run {spot.run_id}")
    return "<br>".join(line for line in lines if line)


def _table(plane: Plane, read: Callable[[Square | None], object]) -> list[list[object]]:
    """Rows of what is read of each square, by the second axis."""
    return [[read(plane.squares.get((x, y))) for x in plane.across] for y in plane.up]


def _wrapped(text: str, width: int = 60) -> str:
    """Without what Plotly would read as markup, broken into lines."""
    plain = text.replace("<", "‹").replace(">", "›")
    lines, line = [], ""
    for word in plain.split():
        if line and len(line) + len(word) > width:
            lines.append(line)
            line = ""
        line = f"{line} {word}".strip()
    return "<br>".join([*lines, line])
