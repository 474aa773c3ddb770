"""A Pareto set as a scatter: two objectives as axes, a third as colour, intervals as error bars.

The frontier is a line of steps: along it there is no better value of one objective without a worse
one of the other. With a third objective a run off that line may still be on the frontier.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.analysis.deciding.answer import name
from core.analysis.deciding.objectives import Objective
from core.analysis.deciding.pareto import ParetoSet, Standing
from core.plots.palette import AMBER, BLUE, GREY, SEQUENTIAL, style
from core.plots.thinning import apart, kept
from core.results.candidate import Candidate
from core.results.format import show

WIDE_SPREAD = 20.0  # from here on an axis is logarithmic
FEW = 100  # so many are drawn, wherever they lie
PIXELS = 420
SCALES = {"s": (1e3, "ms"), "bytes": (1e-6, "MB"), "tokens/s": (1.0, "tokens/s"), "USD": (1.0, "$")}
LOOKS: dict[Standing, dict[str, Any]] = {
    Standing.DOMINATED: {"color": GREY, "size": 6, "opacity": 0.6},
    Standing.UNDECIDED: {"color": AMBER, "size": 9, "symbol": "circle-open", "line": {"width": 2}},
    Standing.FRONTIER: {"color": BLUE, "size": 10, "line": {"width": 0}},
}
# Squares along each axis of which one point is drawn. A faint point is about as wide as one; the
# others are larger and have error bars.
CELLS = {Standing.DOMINATED: 25, Standing.UNDECIDED: 14, Standing.FRONTIER: 18}


def figure(pareto: ParetoSet) -> go.Figure:
    """The scatter; each point's `customdata` is its run's id."""
    x, y, *_ = pareto.objectives
    chart = go.Figure()
    for standing in LOOKS:
        shown = drawn(pareto, standing)
        if shown:
            _add_points(chart, pareto, standing, shown)
    _add_line(chart, pareto)
    for axis, objective in ((chart.update_xaxes, x), (chart.update_yaxes, y)):
        kind = "log" if _is_wide(pareto, objective) else "linear"
        axis(type=kind, title=axis_title(objective), **({"dtick": "D2"} if kind == "log" else {}))
    return style(chart).update_layout(height=PIXELS, clickmode="event+select")


def drawn(pareto: ParetoSet, standing: Standing) -> tuple[Candidate, ...]:
    """The runs of that standing that are drawn: of many that lie over each other one."""
    found = pareto.of(standing)
    if standing not in LOOKS or len(found) <= FEW:
        return found
    x, y, *_ = pareto.objectives
    across, up = (_placed(pareto, objective, found) for objective in (x, y))
    return tuple(found[place] for place in apart(across, up, CELLS[standing]))


def _placed(pareto: ParetoSet, objective: Objective, shown: Sequence[Candidate]) -> Sequence[float]:
    """Where they lie along an axis; those of a standing that is drawn have values."""
    values = np.array([objective.value(candidate) for candidate in shown], dtype=float)
    return [*map(float, np.log(values) if _is_wide(pareto, objective) else values)]


def left_out(pareto: ParetoSet) -> int:
    """How many runs that could be drawn are not, since there are too many of them."""
    return sum(len(pareto.of(standing)) - len(drawn(pareto, standing)) for standing in LOOKS)


def takeaway(pareto: ParetoSet) -> str:
    """What the plot shows, in words: what the frontier's ends cost against each other."""
    on = pareto.frontier
    if not on:
        return "No run has a value of each of these."
    x, y, *_ = pareto.objectives
    first = min(on, key=lambda c: (_turned(x, c), _turned(y, c)))
    last = min(on, key=lambda c: (_turned(y, c), _turned(x, c)))
    if len(on) == 1:
        return f"One run is the best in all: {name(first)}."
    if first is last:
        return f"{name(first, on)} is the best in {x.label} and in {y.label}."
    named = (f"{name(c, on)} ({_value(x, c)}, {_value(y, c)})" for c in (first, last))
    best, other = named
    return f"From {best}, the best in {x.label}, to {other}, the best in {y.label}."


def axis_title(objective: Objective) -> str:
    """The objective with its unit on an axis, and which way is better."""
    unit = SCALES.get(objective.unit, (1.0, objective.unit))[1]
    shown = f", {unit}" if unit and unit != "ratio" else ""
    way = "higher" if objective.higher_is_better else "lower"
    return f"{objective.label}{shown} ({way} is better)"


def _add_points(
    chart: go.Figure, pareto: ParetoSet, standing: Standing, shown: Sequence[Candidate]
) -> None:
    x, y, *third = pareto.objectives
    look = dict(LOOKS[standing])
    if third and standing is Standing.FRONTIER:
        look |= _coloured(third[0], shown)
    errors = standing is not Standing.DOMINATED
    chart.add_scatter(
        x=_scaled(x, shown),
        y=_scaled(y, shown),
        error_x=_bars(x, shown) if errors else None,
        error_y=_bars(y, shown) if errors else None,
        mode="markers",
        marker=look,
        # A click marks its point, and does not fade the others.
        selected={"marker": {"size": look["size"] + 5}},
        unselected={"marker": {"opacity": look.get("opacity", 1)}},
        name=str(standing),
        customdata=[candidate.run_id for candidate in shown],
        hovertext=[_told(pareto, candidate) for candidate in shown],
        hoverinfo="text",
    )


def _coloured(objective: Objective, shown: Sequence[Candidate]) -> dict[str, Any]:
    return {
        "color": _scaled(objective, shown),
        "colorscale": SEQUENTIAL,
        "line": {"width": 1, "color": GREY},
        "reversescale": not objective.higher_is_better,
        "colorbar": {"title": {"text": axis_title(objective), "side": "right"}, "thickness": 12},
    }


def _add_line(chart: go.Figure, pareto: ParetoSet) -> None:
    """Steps through the runs that are on the frontier of the two axes alone."""
    x, y, *_ = pareto.objectives
    best: list[Candidate] = []
    corner = math.inf
    for candidate in sorted(pareto.frontier, key=lambda c: (_turned(x, c), _turned(y, c))):
        if _turned(y, candidate) < corner:
            best.append(candidate)
            corner = _turned(y, candidate)
    best = [best[place] for place in kept([_turned(y, candidate) for candidate in best])]
    chart.add_scatter(
        x=_scaled(x, best),
        y=_scaled(y, best),
        mode="lines",
        line={"color": BLUE, "width": 1.5, "shape": "hv"},
        hoverinfo="skip",
        showlegend=False,
    )


def _turned(objective: Objective, candidate: Candidate) -> float:
    """The value so that less is better; that of a run on the frontier is known."""
    value = objective.value(candidate)
    assert value is not None
    return -value if objective.higher_is_better else value


def _scaled(objective: Objective, shown: Sequence[Candidate]) -> list[float | None]:
    factor = SCALES.get(objective.unit, (1.0, ""))[0]
    values = [objective.value(candidate) for candidate in shown]
    return [None if value is None else value * factor for value in values]


def _bars(objective: Objective, shown: Sequence[Candidate]) -> dict[str, Any] | None:
    """From each value to the ends of its interval; none where no interval is known."""
    factor = SCALES.get(objective.unit, (1.0, ""))[0]
    found = [(objective.value(c) or 0.0, objective.interval(c)) for c in shown]
    if not any(interval for _, interval in found):
        return None
    return {
        "type": "data",
        "symmetric": False,
        "array": [(i.high - value) * factor if i else 0 for value, i in found],
        "arrayminus": [(value - i.low) * factor if i else 0 for value, i in found],
        "thickness": 1,
        "width": 0,
        "color": GREY,
    }


def _is_wide(pareto: ParetoSet, objective: Objective) -> bool:
    """Whether positive values lie so far apart that a linear axis would crowd most of them."""
    values = pareto.values[:, pareto.objectives.index(objective)]
    known = values[np.isfinite(values)]
    return bool(len(known) and known.min() > 0 and known.max() / known.min() > WIDE_SPREAD)


def _told(pareto: ParetoSet, candidate: Candidate) -> str:
    values = (f"{o.label} {_value(o, candidate)}" for o in pareto.objectives)
    sure = "" if candidate.run_id not in pareto.surely else "<br>surely on the frontier"
    return "<br>".join([name(candidate), *values, f"run {candidate.run_id}"]) + sure


def _value(objective: Objective, candidate: Candidate) -> str:
    return show(objective.value(candidate), objective.unit)
