"""What a trial measured beside what is claimed: a point with its interval for each judged part."""

from collections import Counter
from collections.abc import Sequence

import plotly.graph_objects as go

from core.analysis.claims.verdict import Part, VerdictKind
from core.plots.palette import AMBER, BLUE, GREEN, GREY, VERMILION, style
from core.results.format import show

COLOURS = {
    VerdictKind.HOLDS: GREEN,
    VerdictKind.IN_PART: AMBER,
    VerdictKind.FAILS: VERMILION,
    VerdictKind.NEEDS_GPU: GREY,
    VerdictKind.UNDECIDED: GREY,
    None: BLUE,
}
MANY = {
    VerdictKind.HOLDS: ("holds", "hold"),
    VerdictKind.IN_PART: ("holds in part", "hold in part"),
    VerdictKind.FAILS: ("fails", "fail"),
    VerdictKind.NEEDS_GPU: ("needs a GPU", "need a GPU"),
    VerdictKind.UNDECIDED: ("is undecided", "are undecided"),
}
MOST_TOLD = 3
MARKERS = {
    VerdictKind.HOLDS: "circle",
    VerdictKind.IN_PART: "diamond",
    VerdictKind.FAILS: "x",
    VerdictKind.NEEDS_GPU: "circle-open",
    VerdictKind.UNDECIDED: "circle-open",
    None: "square",
}
RATIO = "×"
ROW_PIXELS, FRAME_PIXELS = 44, 110
SYMBOLS = ("①", "②", "③", "④", "⑤", "⑥", "⑦", "⑧", "⑨", "⑩")


def figure(parts: Sequence[Part]) -> go.Figure | None:
    """The parts that are `shown`, numbered; None without one. Ratios lie on a logarithmic axis,
    with a line at 1.
    """
    rows = shown(parts)
    if not rows:
        return None
    chart, names = go.Figure(), list(SYMBOLS[: len(rows)])
    _add_measured(chart, rows, names)
    claimed = [(part.claimed_value, name) for part, name in zip(rows, names, strict=True)]
    known = [(value, name) for value, name in claimed if value is not None]
    if known:
        chart.add_scatter(
            x=[value for value, _ in known],
            y=[name for _, name in known],
            mode="markers",
            marker={"symbol": "line-ns-open", "size": 20, "color": GREY, "line": {"width": 3}},
            name="claimed",
            hoverinfo="skip",
        )
    _axes(chart, unit_of(rows[0]))
    styled = style(chart)
    return styled.update_layout(height=FRAME_PIXELS + ROW_PIXELS * len(rows))


def takeaway(parts: Sequence[Part]) -> str:
    """How many of the numbers hold, and the first of them against what is claimed."""
    rows = shown(parts)
    judged = Counter(part.kind for part in rows if part.kind is not None)
    counted = [f"{count} {MANY[kind][count > 1]}" for kind, count in judged.items()]
    numbers = "the number" if judged.total() == 1 else f"{judged.total()} numbers"
    said = f"Of {numbers} judged here, {', '.join(counted)}" if judged else "None is judged"
    told = [
        f"{name} {part.measured} against {show(part.claimed_value, unit_of(part))} claimed"
        for name, part in zip(SYMBOLS, rows, strict=False)
        if part.claimed_value is not None
    ]
    more = f"; and {len(told) - MOST_TOLD} more" if len(told) > MOST_TOLD else ""
    return f"{said}: {'; '.join(told[:MOST_TOLD])}{more}." if told else f"{said}."


def shown(parts: Sequence[Part]) -> list[Part]:
    """The parts that the figure has: the judged ones in the unit that most of them have, first of
    all of those with a claimed value. Beside ratios stand those that only explain.
    """
    judged = [part for part in parts if part.measured and part.kind is not None]
    units = Counter(unit_of(part) for part in judged if part.claimed_value is not None)
    units = units or Counter(map(unit_of, judged))
    if not units:
        return []
    unit = units.most_common(1)[0][0]
    among = [part for part in parts if part.measured] if unit == RATIO else judged
    return [part for part in among if unit_of(part) == unit][: len(SYMBOLS)]


def unit_of(part: Part) -> str:
    """The unit that it was measured in."""
    return part.measured.unit if part.measured else ""


def _add_measured(chart: go.Figure, rows: list[Part], names: list[str]) -> None:
    measures = [part.measured for part in rows if part.measured]
    chart.add_scatter(
        x=[measure.value for measure in measures],
        y=names,
        mode="markers",
        marker={
            "size": 11,
            "color": [COLOURS[part.kind] for part in rows],
            "symbol": [MARKERS[part.kind] for part in rows],
        },
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [(m.high or m.value) - m.value for m in measures],
            "arrayminus": [m.value - (m.low or m.value) for m in measures],
            "color": GREY,
        },
        name="measured",
        hovertext=[f"{part.what}: {part.measured}" for part in rows],
        hoverinfo="text",
    )


def _axes(chart: go.Figure, unit: str) -> None:
    chart.update_yaxes(autorange="reversed", type="category")
    if unit == RATIO:
        chart.update_xaxes(type="log", ticksuffix=" ×", tickformat="~g")
        chart.add_vline(x=1, line={"color": GREY, "width": 1})
    elif unit == "share":
        chart.update_xaxes(tickformat=".0%", rangemode="tozero")
    else:
        chart.update_xaxes(rangemode="tozero")
