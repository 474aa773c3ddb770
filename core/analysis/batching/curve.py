"""Policies over a range of arrival rates, and the knee of each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from core.analysis.batching.capacity import capacity_per_s, filled_s, full_queue, rate_of
from core.analysis.batching.extrapolation import extrapolations
from core.analysis.batching.knee import find_knee
from core.analysis.batching.serving_metrics import ServingMetrics, serving_metrics
from core.analysis.batching.settled import at_any_rate, highest_rate_per_s, left_out, requests_at
from core.analysis.batching.simulator import serve
from core.analysis.batching.step_time import StepTimes
from core.results.format import significant
from core.results.serving import ServedLoad
from core.variants.load import Load
from core.variants.policy import Policy

RATES, LOWEST, HIGHEST = 16, 0.1, 1.15  # over the least and the greatest capacity
FULL = "At the highest rate:"


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
    """One policy over all rates, its knee among them. `unloaded_p95_s` is what the knee is held
    against; `notes` say in sentences what is left out, and where steps went beyond those that
    were measured.
    """

    policy: Policy
    capacity_per_s: float
    points: tuple[CurvePoint, ...]
    unloaded_p95_s: float | None
    knee_per_s: float | None
    notes: tuple[str, ...] = ()


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
    before_each: Callable[[], object] = lambda: None,
) -> Curve:
    """Simulate the policy at each rate and at its knee, with requests enough to settle; rates that
    would take too many are left out. `before_each` of them is called, and may raise.

    Raises RequestError for a trace in which all requests come at once.
    """
    like, full = at_any_rate(load), full_queue(load, policy, times)
    most, highest = rate_of(full[0]), highest_rate_per_s(like)

    @cache
    def at(rate_per_s: float) -> CurvePoint:
        before_each()
        metrics = _metrics(like, rate_per_s, policy, times, usd_per_hour)
        return CurvePoint(rate_per_s, metrics, rate_per_s >= most)

    knee = find_knee(lambda rate: at(rate).metrics.e2e_p95_s, most, highest)
    shown = {rate for rate in rates if rate <= highest}
    shown |= set() if knee.rate_per_s is None else {knee.rate_per_s}
    points = tuple(at(rate) for rate in sorted(shown))
    beyond = extrapolations(*full, times, since_s=filled_s(full[0]))
    absent = left_out(like) if max((most, *rates)) > highest else ()
    notes = (*absent, *(f"{FULL} {told}" for told in beyond))
    return Curve(policy, most, points, knee.unloaded_p95_s, knee.rate_per_s, notes)


def _metrics(
    like: Load, rate_per_s: float, policy: Policy, times: StepTimes, usd_per_hour: float | None
) -> ServingMetrics:
    served, steps = serve(requests_at(like, rate_per_s), policy, times)
    done = ServedLoad(
        load=like, policy=policy, simulated=True, served=tuple(served), steps=tuple(steps)
    )
    return serving_metrics(done, usd_per_hour)


def _rounded(rate: float) -> float:
    return float(significant(rate).replace(",", ""))
