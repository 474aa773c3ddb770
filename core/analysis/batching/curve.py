"""Policies over a range of arrival rates, and where the knee of each is.

The knee is the highest rate at which 95 % of the requests are still answered within three times
what an unloaded server takes: beyond it latency buys little throughput. Unloaded means the least
p95 end-to-end time of the policy, at a twentieth of what it can serve or at any rate looked at: a
static batch is slow to fill where requests are few. A rate that cannot be served is beyond the knee
whatever it showed. A fixed factor was preferred to the point of greatest curvature (Kneedle,
Satopää et al. 2011), which moves with the range of rates and with the noise at its end.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from core.analysis.batching.capacity import capacity_per_s, settled
from core.analysis.batching.serving_metrics import ServingMetrics, serving_metrics
from core.analysis.batching.simulator import simulate
from core.analysis.batching.step_time import StepTimes
from core.results.format import significant
from core.variants.load import Load
from core.variants.policy import Policy

KNEE_FACTOR = 3.0
UNLOADED = 1 / 20  # of the capacity
RATES, LOWEST, HIGHEST = 16, 0.1, 1.15  # over the least and the greatest capacity


@dataclass(frozen=True)
class CurvePoint:
    """One rate. `overloaded` where requests come faster than they can be served: its latencies
    grow with the length of the load, and have no steady value.
    """

    rate_per_s: float
    metrics: ServingMetrics
    overloaded: bool


@dataclass(frozen=True)
class Curve:
    """One policy over all rates. `unloaded_p95_s` is what the knee is held against; `knee_per_s`
    is None where the knee is not among the rates: all are below it, or all beyond.
    """

    policy: Policy
    capacity_per_s: float
    points: tuple[CurvePoint, ...]
    unloaded_p95_s: float | None
    knee_per_s: float | None


def rates_for(load: Load, policies: Sequence[Policy], times: StepTimes) -> tuple[float, ...]:
    """Arrival rates that show all of these policies from idle to overloaded, evenly by ratio."""
    most = [capacity_per_s(load, policy, times) for policy in policies]
    rates = np.geomspace(LOWEST * min(most), HIGHEST * max(most), RATES)
    return tuple(sorted({_rounded(float(rate)) for rate in rates}))


def curve_of(
    load: Load,
    policy: Policy,
    times: StepTimes,
    rates: Sequence[float],
    usd_per_hour: float | None,
) -> Curve:
    """Simulate the policy at each rate, with a thousand requests like the load's or its trace.

    Raises RequestError for a trace in which all requests come at once.
    """
    longer, most = settled(load), capacity_per_s(load, policy, times)

    def at(rate_per_s: float) -> ServingMetrics:
        return serving_metrics(simulate(longer.at_rate(rate_per_s), policy, times), usd_per_hour)

    points = tuple(CurvePoint(rate, at(rate), rate >= most) for rate in sorted(rates))
    seen = [point.metrics.e2e_p95_s for point in points]
    unloaded = min(_known([*seen, at(UNLOADED * most).e2e_p95_s]), default=None)
    return Curve(policy, most, points, unloaded, knee_of(points, unloaded))


def knee_of(points: Sequence[CurvePoint], unloaded_p95_s: float | None) -> float | None:
    """The last rate within the factor before one that is not; by rate, lowest first."""
    if unloaded_p95_s is None:
        return None
    within = [
        not point.overloaded
        and point.metrics.e2e_p95_s is not None
        and point.metrics.e2e_p95_s <= KNEE_FACTOR * unloaded_p95_s
        for point in points
    ]
    if True not in within or within[-1]:
        return None
    last = max(index for index, inside in enumerate(within) if inside)
    return points[last].rate_per_s


def _known(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _rounded(rate: float) -> float:
    return float(significant(rate).replace(",", ""))
