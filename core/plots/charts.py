"""All plots of a result, each with its words. A new plot is a row here; pages follow.

A plot is left out where it would show nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from core.analysis.roofline import roofline_of
from core.plots import cost, latency_by_phase, memory_by_part, roofline, token_latency
from core.results.metrics import Metric
from core.results.types import RunResult

THIS, BASELINE = "this run", "baseline"


@dataclass(frozen=True)
class Chart:
    """A plot, its title, and what it shows in one sentence."""

    title: str
    takeaway: str
    figure: go.Figure


def charts(
    result: RunResult, baseline: RunResult | None, costs: Sequence[Metric]
) -> tuple[Chart, ...]:
    """The plots that have something to show, this run beside the baseline where there is one."""
    runs = {THIS: result, **({BASELINE: baseline} if baseline else {})}
    found = []
    if any(latency_by_phase.generation_parts(result).values()):
        words = latency_by_phase.takeaway(result, baseline)
        found.append(Chart("Latency by phase", words, latency_by_phase.figure(runs)))
    if token_latency.median_steps(result):
        steps = token_latency.figure(result, baseline)
        found.append(Chart("Latency per token", token_latency.takeaway(result), steps))
    if any(memory_by_part.parts_of(result).values()):
        words = memory_by_part.takeaway(result, baseline)
        found.append(Chart("Memory by part", words, memory_by_part.figure(runs)))
    if roofline_of(result) is not None:
        words = roofline.takeaway(result, baseline)
        found.append(Chart("Roofline", words, roofline.figure(result, baseline)))
    if costs and all(metric.read(result) is not None for metric in costs):
        words = cost.takeaway(result, baseline, costs)
        found.append(Chart("Cost", words, cost.figure(runs, costs)))
    if baseline or result.times.compile_s is not None:
        once = latency_by_phase.once_figure(runs)
        found.append(Chart("Paid once", latency_by_phase.once_takeaway(result), once))
    return tuple(found)
