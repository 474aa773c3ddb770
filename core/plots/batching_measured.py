"""Measured beside simulated: how many requests had their answer within how long, of each policy."""

from collections.abc import Sequence

import plotly.graph_objects as go

from core.analysis.batching.agreement import Agreement
from core.analysis.batching.serving_metrics import counted_of
from core.plots.batching_curves import COLOURS
from core.plots.palette import style
from core.plots.thinning import kept
from core.results.format import show
from core.results.serving import ServedLoad

PIXELS = 320
FACTOR_FOR_LOG = 20.0
MOST_POINTS = 200  # of a line, which only rises


def figure(found: Sequence[Agreement]) -> go.Figure:
    """Steps that rise from 0 to all requests: measured in full, of the first repeat, simulated
    dashed. Where both lie on each other the simulation is right for fast and for slow requests
    alike.
    """
    chart = go.Figure()
    for one in found:
        _add(chart, one.label, one.measured[0], first_of(one, "measured"), "solid")
    for one in found:
        _add(chart, one.label, one.simulated, "simulated", "dash")
    loads = [load for one in found for load in (one.measured[0], one.simulated)]
    ends = [one.e2e_s for load in loads for one in load.served]
    wide = bool(ends) and min(ends) > 0 and max(ends) / min(ends) > FACTOR_FOR_LOG
    chart.update_xaxes(title="end-to-end", tickformat="~s", ticksuffix="s")
    chart.update_xaxes(type="log", dtick="D2") if wide else chart.update_xaxes(rangemode="tozero")
    chart.update_yaxes(title="answered", tickformat=".0%", range=[0, 1.02])
    return style(chart).update_layout(height=PIXELS)


def takeaway(found: Sequence[Agreement]) -> str:
    """The median of each policy, measured and simulated, as the table has it; which requests it is
    of, and that the plot shows others where it does.
    """
    if not found:
        return ""
    told = "; ".join(map(_median_words, found))
    counted = dict.fromkeys(str(counted_of(len(one.simulated.served))) for one in found)
    repeated = any(len(one.measured) > 1 for one in found)
    over = ", and the median of repeats" if repeated else ""
    shown = f"The plot shows all requests{' of the first repeat' if repeated else ''}."
    return f"The median end-to-end time, of {' and of '.join(counted)}{over}, is {told}. {shown}"


def first_of(one: Agreement, name: str) -> str:
    """That name, and that it is the first of several repeats."""
    repeats = len(one.measured)
    return name if repeats == 1 else f"{name}, first of {repeats} repeats"


def _median_words(one: Agreement) -> str:
    middle = one.of("e2e_p50_s")
    measured, simulated = show(middle.measured, "s"), show(middle.simulated, "s")
    return f"{measured} (simulated {simulated}) for {one.label}"


def _add(chart: go.Figure, label: str, load: ServedLoad, name: str, dash: str) -> None:
    """One policy's requests, the fastest first."""
    times = sorted(one.e2e_s for one in load.served)
    places = kept(times, MOST_POINTS)
    shares, times = [(place + 1) / len(times) for place in places], [times[p] for p in places]
    chart.add_scatter(
        x=times,
        y=shares,
        mode="lines",
        line={"color": COLOURS[load.policy.kind], "width": 2, "dash": dash, "shape": "hv"},
        name=label,
        legendgroup=label,
        showlegend=not load.simulated,
        hovertext=[
            f"{label}, {name}: {show(share, 'share')} within {show(seconds, 's')}"
            for seconds, share in zip(times, shares, strict=True)
        ],
        hoverinfo="text",
    )
