"""Measured steps against fitted ones: on the line the simulation's step times are right."""

from collections.abc import Sequence

import plotly.graph_objects as go

from core.analysis.batching.fitting import Fit
from core.analysis.batching.step_time import FittedSteps
from core.plots.palette import BLUE, GREEN, GREY, VERMILION, style
from core.results.format import show
from core.results.serving import StepKind, StepSample

LOOKS = {
    StepKind.PREFILL: (BLUE, "circle"),
    StepKind.DECODE: (VERMILION, "square"),
    StepKind.MIXED: (GREEN, "diamond"),
}
FAR = 0.2


def figure(samples: Sequence[StepSample], steps: FittedSteps) -> go.Figure:
    """A point for each sample, the line where both are equal, and dotted ones 20 % beside it."""
    chart = go.Figure()
    for kind, fit in steps.fits.items():
        of_kind = [sample for sample in samples if sample.kind is kind]
        _add(chart, fit, of_kind)
    seconds = [sample.seconds for sample in samples]
    if seconds:
        ends = [min(seconds), max(seconds)]
        for factor, dash in ((1.0, "solid"), (1 + FAR, "dot"), (1 - FAR, "dot")):
            chart.add_scatter(
                x=ends, y=[factor * end for end in ends], mode="lines", hoverinfo="skip",
                line={"color": GREY, "width": 1, "dash": dash}, showlegend=False,
            )  # fmt: skip
    chart.update_xaxes(title="measured", type="log", tickformat="~s", ticksuffix="s", dtick="D2")
    chart.update_yaxes(title="fitted", type="log", tickformat="~s", ticksuffix="s", dtick="D2")
    return style(chart).update_layout(height=300)


def takeaway(steps: FittedSteps) -> str:
    """How far the fits are off, kind by kind."""
    return " ".join(
        f"{fit.kind.capitalize()} steps are fitted within {show(fit.median_error, 'share')} at the "
        f"median and {show(fit.worst_error, 'share')} at worst, over {fit.shapes} shapes."
        for fit in steps.fits.values()
    )


def _add(chart: go.Figure, fit: Fit, samples: Sequence[StepSample]) -> None:
    colour, symbol = LOOKS[fit.kind]
    fitted = [fit.seconds(s.batch, s.prompt_tokens, s.context_tokens) for s in samples]
    chart.add_scatter(
        x=[sample.seconds for sample in samples],
        y=fitted,
        mode="markers",
        marker={"color": colour, "symbol": symbol, "size": 7, "opacity": 0.7},
        name=str(fit.kind),
        hovertext=[
            f"{told(sample)}<br>measured {show(sample.seconds, 's')}, fitted {show(value, 's')}"
            for sample, value in zip(samples, fitted, strict=True)
        ],
        hoverinfo="text",
    )


def told(sample: StepSample) -> str:
    """A step in words."""
    rows = f"{sample.batch} row{'' if sample.batch == 1 else 's'}"
    if sample.kind is StepKind.PREFILL:
        return f"prefill of {rows} of {sample.prompt_tokens:,} tokens"
    if sample.kind is StepKind.DECODE:
        return f"decode of {rows} with {sample.context_tokens:,} tokens each before it"
    return (
        f"step of {rows} with {sample.context_tokens:,} tokens in all before it, and "
        f"{sample.prompt_tokens:,} tokens of prompts"
    )
