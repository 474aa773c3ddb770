"""Engines beside each other: each one's time per token, over the least that its own bytes allow."""

from collections.abc import Mapping

import plotly.graph_objects as go

from core.analysis.comparing.comparison import MetricRow, Told
from core.analysis.comparing.engines import EngineBound
from core.plots.palette import BLUE, GREY, PIXELS, style
from core.results.format import show, significant
from core.variants.engine import ENGINES, Engine

ROW_PIXELS = 46


def figure(bounds: Mapping[str, EngineBound]) -> go.Figure:
    """A pair of bars for each name: measured, and the least time; on a logarithmic axis, since
    engines differ by multiples. A server's least time is not known, and has no bar.
    """
    chart = go.Figure()
    names = list(bounds)
    for name, colour, values in (
        ("measured", BLUE, [one.tpot_s for one in bounds.values()]),
        ("least for its own bytes", GREY, [one.least_tpot_s for one in bounds.values()]),
    ):
        chart.add_bar(
            x=values,
            y=names,
            orientation="h",
            name=name,
            marker={"color": colour},
            text=["" if value is None else show(value, "s") for value in values],
            hovertemplate="%{y}: %{text}",
        )
    chart.update_xaxes(type="log", title="seconds per output token (TPOT)")
    chart.update_yaxes(autorange="reversed")
    styled = style(chart).update_layout(barmode="group")
    return styled.update_layout(height=max(PIXELS, 90 + ROW_PIXELS * len(bounds)))


def takeaway(bounds: Mapping[str, EngineBound], e2e: MetricRow, source: str) -> str:
    """Which is fastest against the source, whether that can be told, and how near to its bound."""
    cells = dict(zip(bounds, e2e.cells, strict=True))
    known = {name: cell.value for name, cell in cells.items() if cell.value}
    if len(known) < 2 or source not in known:
        return "There is nothing yet to hold against each other."
    best = min(known, key=lambda name: known[name])
    if best == source:
        return f"None was faster than {source}.{_near(source, bounds[source])}"
    times = significant(known[source] / known[best], 2)
    if cells[best].told is not Told.BETTER:
        return f"None can be told to be faster than {source}; the nearest is {best}."
    said = f"{best} was fastest: {times} times as fast as {source}{_quality(bounds[best])}."
    return f"{said}{_near(best, bounds[best])}"


def _quality(one: EngineBound) -> str:
    quality = one.result.quality
    if quality is None or quality.perplexity_ratio is None:
        return ", its quality not known"
    return f", at a perplexity ratio of {show(quality.perplexity_ratio, 'ratio')}"


def _near(name: str, one: EngineBound) -> str:
    if one.least_tpot_s is None or not one.tpot_s:
        engine = Engine(one.result.spec.variant.engine)
        whose = "a server" if engine is Engine.OPENAI else ENGINES[engine].label
        return f" How far {whose} is from its bound cannot be told here."
    times = significant(one.tpot_s / one.least_tpot_s, 2)
    return f" A token takes {name} {times} times the least that its bytes allow ({one.bound})."
