"""Plots of several runs over each other: up to eight, told apart by colour and by dash.

They are the plots of one run, drawn for many; a plot is left out where no run has it.
"""

import html
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import cycle

import plotly.graph_objects as go

from core.analysis.roofline import roofline_of
from core.plots import cost, latency_by_phase, memory_by_part, roofline, token_latency
from core.plots.charts import Chart, Topic
from core.plots.palette import DASHES, MANY, PIXELS
from core.results.format import show
from core.results.latency import latency_of
from core.results.metrics import Metric
from core.results.types import RunResult

Runs = Mapping[str, RunResult]
BAR_PIXELS = 34
LEGEND_ROW_PIXELS = 19  # on a narrow screen each name has a row of its own
ALIKE = 0.01


def overlays(runs: Runs, costs: Sequence[Metric]) -> tuple[Chart, ...]:
    """The plots of these named runs, each with what it shows in one sentence."""
    # Names are partly from outside, and plotly reads tags in them.
    drawn = {html.escape(name, quote=False): result for name, result in runs.items()}
    return (*_times(drawn, runs), *_memory(drawn, runs), *_costs(drawn, runs, costs))


def _times(drawn: Runs, runs: Runs) -> Iterator[Chart]:
    if any(any(latency_by_phase.generation_parts(run).values()) for run in runs.values()):
        words = span("A generation takes", runs, _generation_s, "s")
        bars = _tall(latency_by_phase.figure(drawn), len(runs))
        yield Chart(Topic.TIME, "Latency by phase", words, bars)
    if any(token_latency.median_steps(run) for run in runs.values()):
        words = span("A token after the first takes", runs, lambda r: latency_of(r).tpot_s, "s")
        words += token_latency.thinned_words(max(map(_steps_of, runs.values())))
        yield Chart(Topic.TIME, "Latency per token", words, _steps(drawn))
    known = {name: found for name, run in drawn.items() if (found := roofline_of(run))}
    if known:
        words = span("Against the least time of its device a run takes", runs, _slower, "×")
        lines = roofline.overlaid(known, [_colours(drawn)[name] for name in known])
        yield Chart(Topic.TIME, "Roofline", words, _room_for_legend(lines))


def _memory(drawn: Runs, runs: Runs) -> Iterator[Chart]:
    if any(any(memory_by_part.parts_of(run).values()) for run in runs.values()):
        words = span("The peak is", runs, lambda run: run.memory.peak_bytes, "bytes")
        bars = _tall(memory_by_part.figure(drawn), len(runs))
        yield Chart(Topic.MEMORY, "Memory by part", words, bars)


def _costs(drawn: Runs, runs: Runs, costs: Sequence[Metric]) -> Iterator[Chart]:
    if costs and any(metric.read(run) is not None for metric in costs for run in runs.values()):
        last = costs[-1]
        words = span(f"{last.label} is", runs, last.read, last.unit)
        bars = cost.figure(drawn, costs, MANY)
        yield Chart(Topic.COST, "Cost", words, _tall(bars, len(runs) * len(costs)))
    if any(any(latency_by_phase.once_parts(run).values()) for run in runs.values()):
        words = span("Loading and compiling take", runs, _once_s, "s")
        bars = _tall(latency_by_phase.once_figure(drawn), len(runs))
        yield Chart(Topic.COST, "Paid once", words, bars)


def span(what: str, runs: Runs, read: Callable[[RunResult], float | None], unit: str) -> str:
    """`The peak is from 1.0 GB (1 nf4) to 2.2 GB (2 fp32).`, and which runs have none."""
    values = {name: value for name, run in runs.items() if (value := read(run)) is not None}
    if not values:
        return f"{what} an unknown amount: it was not measured."
    least, most = (pick(values, key=lambda name: values[name]) for pick in (min, max))
    missing = [name for name in runs if name not in values]
    unknown = f" Not known of {', '.join(missing)}." if missing else ""
    low, high = (show(values[name], unit) for name in (least, most))
    if len(values) == 1:
        return f"{what} {low} ({least}).{unknown}"
    if values[most] - values[least] <= ALIKE * values[most]:
        return f"{what} {low} in each, within 1 %.{unknown}"
    return f"{what} from {low} ({least}) to {high} ({most}).{unknown}"


def _steps(drawn: Runs) -> go.Figure:
    """Each run's median latency per token."""
    chart = go.Figure()
    for (name, run), dash in zip(drawn.items(), cycle(DASHES), strict=False):
        line: dict[str, str | float] = {"color": _colours(drawn)[name], "width": 2, "dash": dash}
        token_latency.add_median(chart, run, name, line)
    return _room_for_legend(token_latency.finish(chart))


def _steps_of(run: RunResult) -> int:
    return len(token_latency.median_steps(run))


def _colours(drawn: Runs) -> dict[str, str]:
    return dict(zip(drawn, cycle(MANY), strict=False))


def _tall(chart: go.Figure, bars: int) -> go.Figure:
    """High enough that each bar has room for its number."""
    return chart.update_layout(height=max(PIXELS, PIXELS // 3 + BAR_PIXELS * bars))


def _room_for_legend(chart: go.Figure) -> go.Figure:
    return chart.update_layout(height=PIXELS + LEGEND_ROW_PIXELS * len(chart.data))


def _generation_s(run: RunResult) -> float | None:
    parts = [value for value in latency_by_phase.generation_parts(run).values() if value]
    return sum(parts) if parts else None


def _once_s(run: RunResult) -> float | None:
    parts = [value for value in latency_by_phase.once_parts(run).values() if value is not None]
    return sum(parts) if parts else None


def _slower(run: RunResult) -> float | None:
    found = roofline_of(run)
    return found.times_slower if found else None
