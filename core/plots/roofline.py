"""The roofline: speed against arithmetic intensity, under what the device can do at most.

On the slope memory decides, on the flat arithmetic does; how far a point hangs below the roof is
what neither explains. Williams, Waterman and Patterson 2009.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle

import plotly.graph_objects as go

from core.analysis.physics import Part, Roof
from core.analysis.roofline import Roofline, roofline_of
from core.plots.palette import BLUE, DASHES, GREY, style
from core.results.format import show, significant
from core.results.types import RunResult

PREFILL, DECODE = "prefill", "decode"
SYMBOLS = {PREFILL: "diamond", DECODE: "circle"}
DECADE = 10.0
Line = dict[str, str | float]


def figure(result: RunResult, baseline: RunResult | None) -> go.Figure:
    """FLOP/s over FLOPs per byte, both logarithmic: the measured roof, the datasheet's where it
    is known, and prefill and decode of this run and of the baseline.
    """
    chart = go.Figure()
    this = roofline_of(result)
    other = roofline_of(baseline) if baseline else None
    if this is None:
        return style(chart)
    for name, roof, line in _roofs(this, other):
        _add_roof(chart, roof, _span(this, *([other] if other else [])), name, line)
    if other:
        _add_points(chart, other, "baseline", GREY)
    _add_points(chart, this, "this run", BLUE)
    return _finish(chart)


def overlaid(rooflines: Mapping[str, Roofline], colours: Sequence[str]) -> go.Figure:
    """Prefill and decode of many runs under each roof that any of them has."""
    chart = go.Figure()
    devices = {known.ceilings.device_name for known in rooflines.values()}
    roofs = {
        f"{known.ceilings.device_name}, " * (len(devices) > 1)
        + f"roof, {known.model.compute_dtype}": known.prefill.roof
        for known in rooflines.values()
    }
    for (name, roof), dash in zip(roofs.items(), cycle(DASHES), strict=False):
        line: Line = {"color": GREY, "width": 2, "dash": dash}
        _add_roof(chart, roof, _span(*rooflines.values()), name, line)
    for number, ((name, known), colour) in enumerate(zip(rooflines.items(), colours, strict=False)):
        hollow = number // len(DASHES) % 2 == 1  # as lines of four runs have a dash each
        _add_points(chart, known, name, colour, labelled=False, hollow=hollow)
    return _finish(chart)


def _finish(chart: go.Figure) -> go.Figure:
    chart.update_xaxes(type="log", title="FLOPs per byte", tickformat="~g", dtick=1)
    chart.update_yaxes(type="log", tickformat="~s", ticksuffix="FLOP/s", dtick=1)
    heights = [height for trace in chart.data for height in trace.y]
    # In decades; below the lowest point there is room for its name.
    chart.update_yaxes(range=[math.log10(min(heights)) - 0.7, math.log10(max(heights)) + 0.2])
    return style(chart)


def takeaway(result: RunResult, baseline: RunResult | None) -> str:
    """What the chart shows, in words."""
    this = roofline_of(result)
    if this is None:
        return "What this device can do at most is not known."
    light = show(this.speed_of_light_s, "s")
    said = f"This device allows the run in {light}"
    if this.times_slower is None:
        return f"{said}; how long it took was not measured."
    said += f"; it took {significant(this.times_slower, 2)} times as long"
    other = roofline_of(baseline) if baseline else None
    if other and other.times_slower:
        said += f", the baseline {significant(other.times_slower, 2)} times its own"
    return f"{said}."


def reached(roofline: Roofline) -> Iterator[tuple[str, Part]]:
    """The parts whose speed was measured, by name."""
    for name, part in ((PREFILL, roofline.prefill), (DECODE, roofline.decode)):
        if part is not None and part.flops_per_s is not None:
            yield name, part


def _roofs(this: Roofline, other: Roofline | None) -> Iterator[tuple[str, Roof, Line]]:
    """This run's measured roof, the baseline's where it computes in another type, and what the
    datasheet states.
    """
    dtype = this.model.compute_dtype
    yield f"measured, {dtype}", this.prefill.roof, {"color": BLUE, "width": 2}
    if other and other.prefill.roof != this.prefill.roof:
        name = f"baseline's, {other.model.compute_dtype}"
        yield name, other.prefill.roof, {"color": GREY, "width": 2}
    stated = _stated_roof(this)
    if stated:
        yield "datasheet", stated, {"color": BLUE, "width": 1, "dash": "dash"}


def _add_roof(
    chart: go.Figure,
    roof: Roof,
    span: tuple[float, float],
    name: str,
    line: Line,
) -> None:
    """Slope and flat, with the ridge between them exactly."""
    low, high = span
    ridge = roof.peak_flops_per_s / roof.bandwidth_bytes_per_s
    x = sorted({low, high, *([ridge] if low < ridge < high else [])})
    heights = [roof.attainable_flops_per_s(intensity) for intensity in x]
    chart.add_scatter(x=x, y=heights, mode="lines", line=line, name=name, hoverinfo="skip")


def _add_points(
    chart: go.Figure,
    roofline: Roofline,
    name: str,
    colour: str,
    *,
    labelled: bool = True,
    hollow: bool = False,
) -> None:
    parts = list(reached(roofline))
    symbols = [f"{SYMBOLS[which]}{'-open' * hollow}" for which, _ in parts]
    chart.add_scatter(
        x=[part.intensity for _, part in parts],
        y=[part.flops_per_s for _, part in parts],
        mode="markers+text" if labelled else "markers",
        text=[which for which, _ in parts],
        textposition="bottom center",
        marker={"color": colour, "size": 10, "symbol": symbols, "line": {"width": 2 * hollow}},
        name=name,
        hovertext=[_told(name, which, part) for which, part in parts],
        hoverinfo="text",
    )


def _told(name: str, which: str, part: Part) -> str:
    reached_at = show(part.flops_per_s, "FLOP/s")
    shares = f"{show(part.mbu, 'share')} MBU, {show(part.mfu, 'share')} MFU"
    return f"{name}, {which}: {reached_at}, {shares}, {part.bound}"


def _stated_roof(roofline: Roofline) -> Roof | None:
    """The datasheet's roof for the type that the run computes in; None where it has none."""
    sheet = roofline.datasheet
    peak = sheet.peak_flops_per_s.get(roofline.model.compute_dtype) if sheet else None
    return Roof(sheet.bandwidth_bytes_per_s, peak) if sheet and peak else None


def _span(*rooflines: Roofline) -> tuple[float, float]:
    """From half a decade left of the leftmost thing to half a decade right of the rightmost."""
    seen = [part.intensity for known in rooflines for _, part in reached(known)]
    roof = rooflines[0].prefill.roof
    seen.append(roof.peak_flops_per_s / roof.bandwidth_bytes_per_s)
    return min(seen) / DECADE**0.5, max(seen) * DECADE**0.5
