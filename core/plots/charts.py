"""All plots of a result, each with its words. A new plot is a row here; pages follow.

A plot is left out where it would show nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import plotly.graph_objects as go

from core.analysis.roofline import roofline_of
from core.plots import cost, latency_by_phase, memory_by_part, roofline, token_latency
from core.results.metrics import Metric
from core.results.types import RunResult

THIS, BASELINE = "this run", "baseline"


class Topic(StrEnum):
    """What a plot is about, and so where it stands."""

    TIME = "time"
    MEMORY = "memory"
    COST = "cost"


@dataclass(frozen=True)
class Chart:
    """A plot, its topic and title, and what it shows in one sentence."""

    topic: Topic
    title: str
    takeaway: str
    figure: go.Figure


def charts(
    result: RunResult, baseline: RunResult | None, costs: Sequence[Metric]
) -> tuple[Chart, ...]:
    """The plots that have something to show, this run beside the baseline where there is one."""
    return (
        *_of_time(result, baseline),
        *_of_memory(result, baseline),
        *_of_cost(result, baseline, costs),
    )


def _runs(result: RunResult, baseline: RunResult | None) -> dict[str, RunResult]:
    return {THIS: result, **({BASELINE: baseline} if baseline else {})}


def _of_time(result: RunResult, baseline: RunResult | None) -> Iterator[Chart]:
    if any(latency_by_phase.generation_parts(result).values()):
        words = latency_by_phase.takeaway(result, baseline)
        bars = latency_by_phase.figure(_runs(result, baseline))
        yield Chart(Topic.TIME, "Latency by phase", words, bars)
    if token_latency.median_steps(result):
        steps = token_latency.figure(result, baseline)
        yield Chart(Topic.TIME, "Latency per token", token_latency.takeaway(result), steps)
    if roofline_of(result):
        words = roofline.takeaway(result, baseline)
        yield Chart(Topic.TIME, "Roofline", words, roofline.figure(result, baseline))


def _of_memory(result: RunResult, baseline: RunResult | None) -> Iterator[Chart]:
    if any(memory_by_part.parts_of(result).values()):
        words = memory_by_part.takeaway(result, baseline)
        bars = memory_by_part.figure(_runs(result, baseline))
        yield Chart(Topic.MEMORY, "Memory by part", words, bars)


def _of_cost(
    result: RunResult, baseline: RunResult | None, costs: Sequence[Metric]
) -> Iterator[Chart]:
    runs = _runs(result, baseline)
    if costs and all(metric.read(result) is not None for metric in costs):
        words = cost.takeaway(result, baseline, costs)
        yield Chart(Topic.COST, "Cost", words, cost.figure(runs, costs))
    if baseline or result.times.compile_s is not None:
        words = latency_by_phase.once_takeaway(result)
        yield Chart(Topic.COST, "Paid once", words, latency_by_phase.once_figure(runs))
