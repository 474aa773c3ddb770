"""Measured beside simulated: how many requests had their answer within how long, of each policy."""

from collections.abc import Sequence

import plotly.graph_objects as go

from core.plots.batching_curves import COLOURS
from core.plots.palette import style
from core.results.format import show
from core.results.serving import ServedLoad
from core.results.statistics import median

PIXELS = 320
FACTOR_FOR_LOG = 20.0


def figure(measured: Sequence[ServedLoad], simulated: Sequence[ServedLoad]) -> go.Figure:
    """Steps that rise from 0 to all requests: measured in full, simulated dashed. Where both lie
    on each other the simulation is right for fast and for slow requests alike.
    """
    chart = go.Figure()
    for load in measured:
        _add(chart, load, "measured", "solid")
    for load in simulated:
        _add(chart, load, "simulated", "dash")
    ends = [one.e2e_s for load in (*measured, *simulated) for one in load.served]
    wide = bool(ends) and min(ends) > 0 and max(ends) / min(ends) > FACTOR_FOR_LOG
    chart.update_xaxes(title="end-to-end", tickformat="~s", ticksuffix="s")
    chart.update_xaxes(type="log", dtick="D2") if wide else chart.update_xaxes(rangemode="tozero")
    chart.update_yaxes(title="answered", tickformat=".0%", range=[0, 1.02])
    return style(chart).update_layout(height=PIXELS)


def takeaway(measured: Sequence[ServedLoad], simulated: Sequence[ServedLoad]) -> str:
    """The middle of each policy, measured and simulated."""
    by_policy = {load.policy: load for load in simulated}
    told = []
    for load in measured:
        other = by_policy.get(load.policy)
        said = f"{load.policy.label} within {show(_middle(load), 's')}"
        told.append(f"{said} (simulated {show(_middle(other), 's')})" if other else said)
    return f"Half of the requests are answered by {'; '.join(told)}." if told else ""


def _middle(load: ServedLoad) -> float | None:
    return median([one.e2e_s for one in load.served])


def _add(chart: go.Figure, load: ServedLoad, name: str, dash: str) -> None:
    """One policy's requests, the fastest first."""
    times = sorted(one.e2e_s for one in load.served)
    shares = [(place + 1) / len(times) for place in range(len(times))]
    chart.add_scatter(
        x=times,
        y=shares,
        mode="lines",
        line={"color": COLOURS[load.policy.kind], "width": 2, "dash": dash, "shape": "hv"},
        name=load.policy.label,
        legendgroup=load.policy.id,
        showlegend=not load.simulated,
        hovertext=[
            f"{load.policy.label}, {name}: {show(share, 'share')} within {show(seconds, 's')}"
            for seconds, share in zip(times, shares, strict=True)
        ],
        hoverinfo="text",
    )
