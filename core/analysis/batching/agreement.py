"""A load as it was simulated beside the same load as it was measured, figure by figure.

Both serve the very same requests at the same moments, so what differs is the time of steps, and
what a simulation leaves out. A repeated measurement counts as the median of its repeats.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from core.analysis.batching.figures import FIGURES, Figure
from core.analysis.batching.load_words import policy_at
from core.analysis.batching.serving_metrics import ServingMetrics, serving_metrics
from core.analysis.batching.simulator import simulate
from core.analysis.batching.step_time import StepTimes
from core.results.serving import ServedLoad
from core.results.statistics import median
from core.variants.load import Load
from core.variants.policy import Policy

PROMISED = 0.20
PROMISED_FIGURES = ("e2e_p50_s", "output_tokens_per_s")
"""Figures that a simulation is promised to tell within a fifth of what is measured."""


@dataclass(frozen=True)
class Deviation:
    """One figure, simulated and measured; `repeats` are the measured values. None is unknown."""

    figure: Figure
    simulated: float | None
    measured: float | None
    repeats: tuple[float | None, ...]

    @property
    def share(self) -> float | None:
        """(simulated - measured) / measured: above 0 the simulation told too much."""
        if self.simulated is None or not self.measured:
            return None
        return (self.simulated - self.measured) / self.measured


@dataclass(frozen=True)
class Agreement:
    """One policy under one load; `measured` are its repeats. `rate_per_s` is the one of several
    rates that the load has here, None where it keeps its own.
    """

    load: Load
    rate_per_s: float | None
    policy: Policy
    simulated: ServedLoad
    measured: tuple[ServedLoad, ...]
    deviations: tuple[Deviation, ...]

    @property
    def label(self) -> str:
        """The policy, and at which rate where there may be several."""
        return policy_at(self.policy, self.rate_per_s)

    @property
    def holds(self) -> bool:
        """Whether the promised figures lie within a fifth."""
        shares = [d.share for d in self.deviations if d.figure.key in PROMISED_FIGURES]
        return all(share is not None and abs(share) <= PROMISED for share in shares)

    def of(self, key: str) -> Deviation:
        """The deviation of the figure of that key."""
        return next(one for one in self.deviations if one.figure.key == key)


def agreement(
    measured: Sequence[ServedLoad],
    times: StepTimes,
    usd_per_hour: float | None = None,
    rate_per_s: float | None = None,
) -> Agreement:
    """Repeats of one load under one policy against its simulation; the rate is told where it is
    one of several.
    """
    load, policy = measured[0].load, measured[0].policy
    simulated = simulate(load, policy, times)
    theirs = serving_metrics(simulated, usd_per_hour)
    ours = [serving_metrics(served, usd_per_hour) for served in measured]
    deviations = tuple(_deviation(figure, theirs, ours) for figure in FIGURES.values())
    return Agreement(load, rate_per_s, policy, simulated, tuple(measured), deviations)


def _deviation(
    figure: Figure, simulated: ServingMetrics, measured: Sequence[ServingMetrics]
) -> Deviation:
    repeats = tuple(figure.read(one) for one in measured)
    known = [value for value in repeats if value is not None]
    return Deviation(figure, figure.read(simulated), median(known), repeats)
