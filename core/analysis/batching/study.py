"""One load under several policies, simulated with a variant's measured steps: all that is told."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.analysis.batching.capacity import load_problems
from core.analysis.batching.curve import Curve, curve_of, rates_for
from core.analysis.batching.extrapolation import extrapolations
from core.analysis.batching.serving_metrics import ServingMetrics, serving_metrics
from core.analysis.batching.simulator import simulate
from core.analysis.batching.step_time import FittedSteps, fit_calibration
from core.errors import RequestError
from core.results.serving import Calibration, ServedLoad
from core.variants.load import Load
from core.variants.policy import Policy, PolicyKind


@dataclass(frozen=True)
class PolicyStudy:
    """One policy: the load as it was given, and over arrival rates. `extrapolated` says in
    sentences where steps went beyond those measured; `curve` is None where no rates were looked at.
    """

    policy: Policy
    served: ServedLoad
    metrics: ServingMetrics
    problems: tuple[RequestError, ...]
    extrapolated: tuple[str, ...]
    curve: Curve | None


@dataclass(frozen=True)
class Study:
    """All policies, the fits that they rest on, and the price per hour, None where unknown."""

    load: Load
    calibration: Calibration
    times: FittedSteps
    usd_per_hour: float | None
    policies: tuple[PolicyStudy, ...]


def policies_for(
    kinds: Sequence[PolicyKind], times: FittedSteps, batch_size: int, timeout_s: float
) -> tuple[Policy, ...]:
    """Those policies, by default all whose steps were measured. Raises RequestError for one whose
    steps were not, and for steps that serve none.
    """
    for kind in kinds:
        if not times.serves(kind):
            known = tuple(one for one in PolicyKind if times.serves(one))
            reason = "the calibration has no steps of that kind."
            raise RequestError("policies", kind, reason, known)
    chosen = kinds or [kind for kind in PolicyKind if times.serves(kind)]
    if not chosen:
        reason = "no policy can be served by steps of these kinds alone."
        found = ", ".join(times.fits) or "no steps"
        raise RequestError(
            "calibration", found, reason, ("prefill and decode steps", "mixed steps")
        )
    return tuple(Policy(kind=kind, batch_size=batch_size, timeout_s=timeout_s) for kind in chosen)


def study(
    load: Load,
    policies: Sequence[Policy],
    calibration: Calibration,
    rates: Sequence[float] = (),
    usd_per_hour: float | None = None,
) -> Study:
    """Simulate them; without rates, over those that show all policies from idle to overloaded."""
    times = fit_calibration(calibration)
    if load.mean_rate_per_s is None:
        rates = ()
    elif not rates:
        rates = rates_for(load, policies, times)
    context = calibration.context
    studied = [
        study_policy(load, policy, times, context, usd_per_hour, rates) for policy in policies
    ]
    return Study(load, calibration, times, usd_per_hour, tuple(studied))


def study_policy(
    load: Load,
    policy: Policy,
    times: FittedSteps,
    context: int | None,
    usd_per_hour: float | None,
    rates: Sequence[float] = (),
) -> PolicyStudy:
    """Simulate one of them; without a price its cost is unknown, without rates its curve."""
    served = simulate(load, policy, times)
    return PolicyStudy(
        policy,
        served,
        serving_metrics(served, usd_per_hour),
        load_problems(load, policy, times, context),
        extrapolations(served.served, served.steps, times),
        curve_of(load, policy, times, rates, usd_per_hour) if rates else None,
    )
