"""Policies over arrival rates: a plot for each figure, the knee of each policy marked on its line.

Where requests come faster than a policy can serve them its line is faint: those values grow with
the length of the load, and have no steady one.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import plotly.graph_objects as go

from core.analysis.batching.curve import Curve, CurvePoint
from core.analysis.batching.knee import KNEE_FACTOR
from core.analysis.batching.serving_metrics import ServingMetrics
from core.plots.palette import BLUE, GREEN, GREY, MARKERS, PURPLE, VERMILION, style
from core.results.format import show, significant
from core.variants.policy import Policy, PolicyKind

COLOURS = {
    PolicyKind.NONE: GREY,
    PolicyKind.STATIC: VERMILION,
    PolicyKind.WINDOW: BLUE,
    PolicyKind.GROUPED: PURPLE,
    PolicyKind.CONTINUOUS: GREEN,
}
SYMBOLS = dict(zip(COLOURS, MARKERS, strict=True))
FAINT = 0.3
PIXELS = 340
ROOM = 1.5  # above the highest steady value; what is overloaded leaves the plot there
ALIKE = 0.02
FEW_DECADES = 2.5  # up to so many, 2 and 5 have room on an axis
AXES = {"s": ("~s", "s"), "share": (".0%", ""), "USD": ("$~s", ""), "": ("~s", "")}
Read = Callable[[ServingMetrics], float | None]


@dataclass(frozen=True)
class Panel:
    """One figure over the rates: p50 as a line and, where there is one, p95 as a dotted line.
    `why` says in a sentence what is to be seen, `missing` why no policy might have a value.
    """

    title: str
    unit: str
    read: Read
    why: str
    p95: Read | None = None
    higher_is_better: bool = False
    logarithmic: bool = False
    missing: str = "Nothing was served."

    @property
    def heading(self) -> str:
        """The title, with what its lines are."""
        return f"{self.title}, p50 and p95 (dotted)" if self.p95 else self.title


PANELS = (
    Panel(
        "End-to-end", "s", lambda m: m.e2e_p50_s,
        "Waiting and all tokens: what a person waits for a whole answer.",
        p95=lambda m: m.e2e_p95_s, logarithmic=True,
    ),
    Panel(
        "TTFT", "s", lambda m: m.ttft_p50_s,
        "Until the first token, waiting included.",
        p95=lambda m: m.ttft_p95_s, logarithmic=True,
    ),
    Panel(
        "Time in queue", "s", lambda m: m.queue_p50_s,
        "Before anything is computed for a request.", p95=lambda m: m.queue_p95_s,
    ),
    Panel(
        "Goodput", "share", lambda m: m.goodput_share,
        "The share of requests within the objective.", higher_is_better=True,
        missing="No objective is set: a most TTFT or TPOT of the load.",
    ),
    Panel(
        "Throughput", "tokens/s", lambda m: m.output_tokens_per_s,
        "It follows the load as long as the policy keeps up, and is flat from there on.",
        higher_is_better=True,
    ),
    Panel(
        "Cost", "USD", lambda m: m.usd_per_million_tokens,
        "Per million tokens. An idle machine is paid for too, so that cost falls as the rate "
        "rises.",
        logarithmic=True, missing="No price per hour is set for this device.",
    ),
    Panel(
        "Padding", "share", lambda m: m.padding_share,
        "Of the tokens that were computed, those that nobody asked for.",
    ),
)  # fmt: skip


def is_known(panel: Panel, curves: Sequence[Curve]) -> bool:
    """Whether any policy has a value of that figure at any rate."""
    return any(panel.read(point.metrics) is not None for c in curves for point in c.points)


def takeaway(panel: Panel, rate_per_s: float, at_rate: Mapping[Policy, ServingMetrics]) -> str:
    """Which policy is best at the chosen rate, and which the worst."""
    found = {policy.label: panel.read(metrics) for policy, metrics in at_rate.items()}
    known = {label: value for label, value in found.items() if value is not None}
    if not known:
        return panel.why
    sign = -1.0 if panel.higher_is_better else 1.0
    ranked = sorted(known, key=lambda label: sign * known[label])
    best, worst = ranked[0], ranked[-1]
    middle = "p50 " if panel.p95 else ""
    told = {label: f"{middle}{show(known[label], panel.unit)}" for label in (best, worst)}
    at = f"{panel.why} At {show_rate(rate_per_s)}"
    if len(known) == 1:
        return f"{at}, {best} has {told[best]}."
    if abs(known[best] - known[worst]) <= ALIKE * max(abs(known[best]), abs(known[worst])):
        return f"{at} all are alike: {told[best]}."
    return f"{at}, {best} is best ({told[best]}) and {worst} worst ({told[worst]})."


def knee_sentence(curves: Sequence[Curve]) -> str:
    """Where each policy's latency bends, the last to bend first; whose knee is unknown is told."""
    known = {c.policy.label: c.knee_per_s for c in curves if c.knee_per_s is not None}
    ranked = sorted(known, key=lambda label: -known[label])
    told = [f"{label} at {show_rate(known[label])}" for label in ranked]
    without = [curve.policy.label for curve in curves if curve.knee_per_s is None]
    sentence = (
        "The knee (◆) is the highest rate at which 95 of 100 requests are answered within "
        f"{KNEE_FACTOR:g} times what an unloaded server takes"
    )
    sentence += f": {', '.join(told)}." if told else "."
    return f"{sentence} Not known: {', '.join(without)}." if without else sentence


def show_rate(rate_per_s: float) -> str:
    """A rate in words."""
    return f"{significant(rate_per_s)} requests/s"


def figure(panel: Panel, curves: Sequence[Curve], rate_per_s: float) -> go.Figure:
    """A line for each policy over the arrival rate, a diamond at its knee."""
    chart = go.Figure()
    for curve in curves:
        _add_line(chart, curve, panel.read, panel, "solid")
        if panel.p95 is not None:
            _add_line(chart, curve, panel.p95, panel, "dot")
        _add_knee(chart, curve, panel)
    chart.add_vline(x=rate_per_s, line={"color": GREY, "width": 1, "dash": "dash"})
    chart.update_xaxes(title="requests per second", type="log", tickformat="~g", dtick="D2")
    _scale(chart, panel, _steady_range(panel, curves))
    return style(chart).update_layout(height=PIXELS)


def _add_line(chart: go.Figure, curve: Curve, read: Read, panel: Panel, dash: str) -> None:
    """The steady part as it is, and the overloaded one faint; both meet in the first of it."""
    points = [point for point in curve.points if read(point.metrics) is not None]
    steady = [point for point in points if not point.overloaded]
    how = (read, panel, dash)
    if steady:
        _add(chart, curve, steady, how, dash == "solid", 1.0)
    faint = _overloaded(points)
    if faint:
        _add(chart, curve, faint, how, dash == "solid" and not steady, FAINT)


def _overloaded(points: Sequence[CurvePoint]) -> list[CurvePoint | None]:
    """The line to each overloaded point from the one before it, as one line with gaps: each trace
    costs the browser some milliseconds.
    """
    line: list[CurvePoint | None] = [*points[:1]] if points and points[0].overloaded else []
    for before, point in pairwise(points):
        if point.overloaded:
            line += [point] if line and line[-1] is before else [None, before, point]
    return line[1:] if line and line[0] is None else line


def _add(
    chart: go.Figure,
    curve: Curve,
    points: Sequence[CurvePoint | None],
    how: tuple[Read, Panel, str],
    entry: bool,
    opacity: float,
) -> None:
    read, panel, dash = how
    chart.add_scatter(
        x=[point and point.rate_per_s for point in points],
        y=[point and read(point.metrics) for point in points],
        mode="lines+markers" if dash == "solid" else "lines",
        line={"color": COLOURS[curve.policy.kind], "width": 2, "dash": dash},
        marker={"symbol": SYMBOLS[curve.policy.kind], "size": 7},
        opacity=opacity,
        name=curve.policy.label,
        legendgroup=curve.policy.id,
        showlegend=entry,
        hovertext=[point and told(curve, point, panel) for point in points],
        hoverinfo="text",
    )


def told(curve: Curve, point: CurvePoint, panel: Panel) -> str:
    """What hovering over a point says."""
    value = show(panel.read(point.metrics), panel.unit)
    tail = show(panel.p95(point.metrics), panel.unit) if panel.p95 else None
    values = f"p50 {value}, p95 {tail}" if tail else value
    over = "<br>more than it can serve: it grows with the load's length"
    at = f"{curve.policy.label} at {show_rate(point.rate_per_s)}"
    return f"{at}<br>{values}{over if point.overloaded else ''}"


def _add_knee(chart: go.Figure, curve: Curve, panel: Panel) -> None:
    at = next((p for p in curve.points if p.rate_per_s == curve.knee_per_s), None)
    value = panel.read(at.metrics) if at else None
    if at is None or value is None:
        return
    chart.add_scatter(
        x=[at.rate_per_s],
        y=[value],
        mode="markers",
        marker={"symbol": "diamond", "size": 11, "color": COLOURS[curve.policy.kind]},
        name="knee",
        legendgroup=curve.policy.id,
        showlegend=False,
        hovertext=[f"knee of {told(curve, at, panel)}"],
        hoverinfo="text",
    )


def _steady_range(panel: Panel, curves: Sequence[Curve]) -> tuple[float, float] | None:
    """Least and greatest value that does not hang on the load's length; None without any."""
    reads = [panel.read, *([panel.p95] if panel.p95 else [])]
    points = [point for curve in curves for point in curve.points if not point.overloaded]
    values = [value for point in points for read in reads if (value := read(point.metrics))]
    return (min(values), max(values)) if values else None


def _scale(chart: go.Figure, panel: Panel, steady: tuple[float, float] | None) -> None:
    pattern, suffix = AXES.get(panel.unit, ("~s", ""))
    axis: dict[str, Any] = {"tickformat": pattern, "ticksuffix": suffix}
    if panel.unit == "tokens/s":
        axis["title"] = panel.unit
    if not panel.logarithmic:
        top = None if panel.unit == "share" or not steady else [0, steady[1] * ROOM]
        chart.update_yaxes(rangemode="tozero", range=top, **axis)
        return
    if steady:
        ends = (math.log10(steady[0] / ROOM), math.log10(steady[1] * ROOM))
        axis |= {"range": ends, "dtick": "D2" if ends[1] - ends[0] < FEW_DECADES else 1}
    chart.update_yaxes(type="log", **axis)
