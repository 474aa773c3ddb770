"""How long each token took, over its position: does a step slow down as the text grows?"""

from itertools import pairwise

import plotly.graph_objects as go

from core.plots.palette import BLUE, GREY, style
from core.results.format import show
from core.results.latency import latency_of, rows_of
from core.results.statistics import median
from core.results.types import RunResult
from core.variants.decoding import Decoding

NOTICEABLE = 0.05
FEWEST_STEPS = 8


def figure(result: RunResult, baseline: RunResult | None) -> go.Figure:
    """Each step pass as a faint line, their median as a strong one, the baseline's dashed."""
    chart = go.Figure()
    for number, gaps in enumerate(step_latencies(result), start=1):
        chart.add_scatter(
            x=positions(gaps),
            y=gaps,
            mode="lines",
            line={"color": BLUE, "width": 1},
            opacity=0.55,
            name="each pass",
            legendgroup="each pass",
            showlegend=number == 1,
            hoverinfo="skip",
        )
    add_median(chart, result, "median", {"color": BLUE, "width": 2.5})
    if baseline:
        add_median(chart, baseline, "baseline", {"color": GREY, "width": 2, "dash": "dash"})
    return finish(chart)


def add_median(
    chart: go.Figure, result: RunResult, name: str, line: dict[str, str | float]
) -> None:
    """The median of a run's passes as one line."""
    steps = median_steps(result)
    chart.add_scatter(
        x=positions(steps),
        y=steps,
        mode="lines",
        line=line,
        name=name,
        text=[show(value, "s") for value in steps],
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
    at_each_position = zip(*step_latencies(result), strict=False)
    return [value for gaps in at_each_position if (value := median(gaps)) is not None]


def positions(gaps: list[float]) -> list[int]:
    """The first gap belongs to the second token: the first one's time is TTFT."""
    return list(range(2, len(gaps) + 2))


def takeaway(result: RunResult) -> str:
    """What the chart shows, in words."""
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
