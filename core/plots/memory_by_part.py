"""What the peak memory consists of: weights, KV cache, activations, runtime, the rest."""

from collections.abc import Mapping

import plotly.graph_objects as go

from core.plots.palette import AMBER, BLUE, GREEN, GREY, PURPLE, SKY, VERMILION, style
from core.plots.parts import Parts, add_bars, compared
from core.results.format import show
from core.results.types import RunResult

COLOURS = {
    "weights": BLUE,
    "draft": SKY,
    "KV cache": GREEN,
    "activations": VERMILION,
    "graphs": AMBER,
    "runtime": GREY,
    "the rest": PURPLE,
}


def figure(runs: Mapping[str, RunResult]) -> go.Figure:
    """One bar of bytes by part for each named run."""
    chart = go.Figure(layout={"barmode": "stack"})
    add_bars(chart, {name: parts_of(result) for name, result in runs.items()}, COLOURS, "bytes")
    chart.update_xaxes(tickformat="~s", ticksuffix="B")
    chart.update_yaxes(autorange="reversed")
    return style(chart)


def parts_of(result: RunResult) -> Parts:
    """Bytes by part, as far as they are known."""
    memory = result.memory
    return {
        "weights": memory.weights_bytes,
        "draft": memory.draft_bytes,
        "KV cache": memory.kv_cache_bytes,
        "activations": memory.activation_bytes,
        "graphs": memory.graph_bytes,
        "runtime": memory.runtime_bytes,
        "the rest": memory.rest_bytes,
    }


def takeaway(result: RunResult, baseline: RunResult | None) -> str:
    """What the chart shows, in words."""
    memory = result.memory
    if not memory.peak_bytes or not memory.weights_bytes:
        return "The peak could not be read on this device."
    share = f"{memory.weights_bytes / memory.peak_bytes:.0%}".replace("%", " %")
    said = f"Weights are {share} of the peak of {show(memory.peak_bytes, 'bytes')}"
    other = baseline.memory.peak_bytes if baseline else None
    against = compared(memory.peak_bytes, other, "less", "more")
    return f"{said}; the peak is {against}." if against else f"{said}."
