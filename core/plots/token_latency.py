"""How long each token took, over its position: does a step slow down as the text grows?"""

from collections.abc import Sequence
from itertools import pairwise, zip_longest

import numpy as np
import plotly.graph_objects as go

from core.plots.palette import BLUE, GREY, SPAN, style
from core.plots.thinning import each_stands_for, kept
from core.results.format import show
from core.results.latency import latency_of, rows_of
from core.results.statistics import median
from core.results.types import RunResult
from core.variants.decoding import Decoding

MOST_LINES = 12  # more lie over each other, and the span of all tells more
NOTICEABLE = 0.05
FEWEST_STEPS = 8


def figure(result: RunResult, baseline: RunResult | None) -> go.Figure:
    """Each step pass as a faint line, or the span of many, their median as a strong one, the
    baseline's dashed.
    """
    chart, passes = go.Figure(), step_latencies(result)
    if len(passes) <= MOST_LINES:
        _add_passes(chart, passes)
    else:
        _add_span(chart, passes)
    add_median(chart, result, "median", {"color": BLUE, "width": 2.5})
    if baseline:
        add_median(chart, baseline, "baseline", {"color": GREY, "width": 2, "dash": "dash"})
    return finish(chart)


def _add_passes(chart: go.Figure, passes: Sequence[Sequence[float]]) -> None:
    for number, gaps in enumerate(passes, start=1):
        shown = kept(gaps)
        chart.add_scatter(
            x=[place + 2 for place in shown],
            y=[gaps[place] for place in shown],
            mode="lines",
            line={"color": BLUE, "width": 1},
            opacity=0.55,
            name="each pass",
            legendgroup="each pass",
            showlegend=number == 1,
            hoverinfo="skip",
        )


def _add_span(chart: go.Figure, passes: Sequence[Sequence[float]]) -> None:
    """From the shortest to the longest gap of all passes at each position."""
    at_each = [*zip_longest(*passes, fillvalue=None)]
    for choose, fill in ((min, None), (max, "tonexty")):
        ends = [choose(gap for gap in gaps if gap is not None) for gaps in at_each]
        shown = kept(ends)
        chart.add_scatter(
            x=[place + 2 for place in shown],
            y=[ends[place] for place in shown],
            mode="lines",
            line={"color": BLUE, "width": 0.5},
            fill=fill,
            fillcolor=SPAN,
            name=f"shortest to longest of {len(passes):,}",
            legendgroup="span",
            showlegend=fill is not None,
            hoverinfo="skip",
        )


def add_median(
    chart: go.Figure, result: RunResult, name: str, line: dict[str, str | float]
) -> None:
    """The median of a run's passes as one line."""
    steps = median_steps(result)
    shown = kept(steps)
    chart.add_scatter(
        x=[place + 2 for place in shown],
        y=[steps[place] for place in shown],
        mode="lines",
        line=line,
        name=name,
        text=[show(steps[place], "s") for place in shown],
        hovertemplate="%{text}",
    )


def finish(chart: go.Figure) -> go.Figure:
    """The axes and the look of seconds over the token's position."""
    chart.update_xaxes(title="token", showgrid=False)
    chart.update_yaxes(tickformat="~s", ticksuffix="s", rangemode="tozero")
    return style(chart, hovermode="x unified")


def step_latencies(result: RunResult) -> list[list[float]]:
    """Seconds from each token to the next, one list per step pass, or per request of one."""
    return [
        [later - earlier for earlier, later in pairwise(times)]
        for rows in rows_of(result.samples)
        for times in rows
        if len(times) > 1
    ]


def median_steps(result: RunResult) -> list[float]:
    """The median of all passes at each position that every pass reached."""
    passes = step_latencies(result)
    reached = min(map(len, passes), default=0)
    if not reached:
        return []
    return [float(step) for step in np.median([gaps[:reached] for gaps in passes], axis=0)]


def thinned_words(steps: int) -> str:
    """How a long line is drawn; empty where all of it is."""
    each = each_stands_for(steps)
    return f" Drawn: of each {each} tokens the fastest and the slowest." if each > 1 else ""


def takeaway(result: RunResult) -> str:
    """What the chart shows, in words, of all tokens; and whether some are not drawn."""
    return _told(result) + thinned_words(max(map(len, step_latencies(result)), default=0))


def _told(result: RunResult) -> str:
    latency = latency_of(result)
    if result.spec.workload.decoding is not Decoding.GREEDY:
        pause = show(latency.itl_p95_s, "s")
        return f"Guessed tokens come several at once, after pauses of up to {pause} (ITL p95)."
    said = f"A token takes {show(median(latency.itl_s), 's')} at the median"
    said += f", {show(latency.itl_p95_s, 's')} at the 95th percentile"
    change = _drift(median_steps(result))
    if change is None:
        return f"{said}."
    if abs(change) < NOTICEABLE:
        return f"{said}, and late tokens are as fast as early ones."
    word = "slower" if change > 0 else "faster"
    return f"{said}; late tokens are {abs(change):.0%} {word} than early ones.".replace("%", " %")


def _drift(steps: list[float]) -> float | None:
    """The last quarter's median against the first quarter's; None where there are few steps."""
    if len(steps) < FEWEST_STEPS:
        return None
    quarter = len(steps) // 4
    early, late = median(steps[:quarter]), median(steps[-quarter:])
    return late / early - 1 if early and late else None
