"""Policies over a range of arrival rates, what each can serve at most, and where its knee is."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.analysis.batching.serving_metrics import ServingMetrics
from core.analysis.batching.step_time import StepTimes
from core.errors import RequestError
from core.variants.load import Load
from core.variants.policy import Policy


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
    """One policy over all rates; `knee_per_s` is None where there is none among them."""

    policy: Policy
    capacity_per_s: float
    points: tuple[CurvePoint, ...]
    knee_per_s: float | None


def capacity_per_s(load: Load, policy: Policy, times: StepTimes) -> float:
    """Requests per second with a queue that is never empty: the most that can be served."""
    raise NotImplementedError


def rates_for(load: Load, policies: Sequence[Policy], times: StepTimes) -> tuple[float, ...]:
    """Arrival rates that show all of these policies from idle to overloaded."""
    raise NotImplementedError


def curve_of(
    load: Load,
    policy: Policy,
    times: StepTimes,
    rates: Sequence[float],
    usd_per_hour: float | None,
) -> Curve:
    """Simulate the policy at each rate."""
    raise NotImplementedError


def load_problems(
    load: Load, policy: Policy, times: StepTimes, context: int | None = None
) -> tuple[RequestError, ...]:
    """Why this load cannot be served: requests beyond the context, more than can be served."""
    raise NotImplementedError
