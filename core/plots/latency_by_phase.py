"""Where the time of one generation goes: prefill against decode; and what is paid only once."""

from collections.abc import Mapping

import plotly.graph_objects as go

from core.plots.palette import BLUE, PURPLE, VERMILION, style
from core.plots.parts import Parts, add_bars, compared
from core.results.format import show
from core.results.latency import latency_of, rows_of
from core.results.statistics import median
from core.results.types import RunResult

PREFILL = "prefill (TTFT)"
DECODE = "decode"
GENERATION_COLOURS = {PREFILL: VERMILION, DECODE: BLUE}
ONCE_COLOURS = {"load": PURPLE, "compile": VERMILION}


def figure(runs: Mapping[str, RunResult]) -> go.Figure:
    """One bar of prefill and decode seconds for each named run."""
    chart = go.Figure(layout={"barmode": "stack"})
    bars = {name: generation_parts(result) for name, result in runs.items()}
    add_bars(chart, bars, GENERATION_COLOURS, "s")
    return _finish(chart)


def once_figure(runs: Mapping[str, RunResult]) -> go.Figure:
    """One bar of load and compile seconds for each named run: their scale is another."""
    chart = go.Figure(layout={"barmode": "stack"})
    add_bars(chart, {name: once_parts(result) for name, result in runs.items()}, ONCE_COLOURS, "s")
    return _finish(chart)


def generation_parts(result: RunResult) -> Parts:
    """Seconds to the first token and from there to the last: medians of the step passes."""
    passes = [times for rows in rows_of(result.samples) for times in rows if len(times) > 1]
    return {
        PREFILL: latency_of(result).ttft_s,
        DECODE: median([times[-1] - times[0] for times in passes]),
    }


def once_parts(result: RunResult) -> Parts:
    """Seconds that are paid once for a variant, not for each generation."""
    return {"load": result.times.load_s, "compile": result.times.compile_s}


def takeaway(result: RunResult, baseline: RunResult | None) -> str:
    """What the chart shows, in words."""
    parts = generation_parts(result)
    whole = sum(value for value in parts.values() if value)
    if not whole:
        return "No tokens were timed one by one."
    share = f"{(parts[PREFILL] or 0) / whole:.0%}".replace("%", " %")
    said = f"Reading the prompt takes {show(parts[PREFILL], 's')}, {share} of a generation"
    other = sum(value for value in generation_parts(baseline).values() if value) if baseline else 0
    against = compared(whole, other, "less", "more")
    return f"{said}; the whole is {against}." if against else f"{said}."


def once_takeaway(result: RunResult) -> str:
    """What is paid once, in words."""
    times = result.times
    loaded = "was resident, loaded earlier in" if times.was_resident else "loads in"
    said = f"This variant {loaded} {show(times.load_s, 's')}"
    if times.compile_s is not None:
        said += f" and compiles in {show(times.compile_s, 's')}"
    return f"{said}: paid once, not for each generation."


def _finish(chart: go.Figure) -> go.Figure:
    chart.update_xaxes(tickformat="~s", ticksuffix="s")
    chart.update_yaxes(autorange="reversed")
    return style(chart)
