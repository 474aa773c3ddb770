"""How long a step takes, fitted to a variant's measured steps."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from core.analysis.batching.fitting import Fit, fit_steps
from core.analysis.batching.formula import Ranges
from core.errors import RequestError
from core.results.serving import Calibration, StepKind, StepSample
from core.results.statistics import median
from core.variants.policy import PolicyKind

KEPT = 8  # calibrations
BATCH_KINDS = (StepKind.PREFILL, StepKind.DECODE)


class StepTimes(Protocol):
    """Seconds of steps: what the simulator asks. Times are linear in the cached tokens, so that
    a run of steps takes as long as so many at their mean. They never change, and have a hash.
    """

    def __hash__(self) -> int:
        """By it what is simulated with them is kept."""

    @property
    def batch_overhead_s(self) -> float:
        """Seconds of a batch outside of its steps, before its prefill."""

    @property
    def measured(self) -> Mapping[StepKind, Ranges]:
        """How far the measured steps of each kind reach; none of times that are no fit."""

    def prefill_s(self, batch: int, prompt_tokens: int) -> float:
        """A prefill of so many rows of so many tokens each."""

    def decode_s(self, batch: int, context_tokens: float) -> float:
        """One new token for each row, each with so many in the cache."""

    def mixed_s(self, batch: int, prompt_tokens: int, context_tokens: float) -> float:
        """A step of continuous batching; sums over rows, as in StepSample."""


@dataclass(frozen=True, eq=False)
class FittedSteps:
    """The fits of one calibration: StepTimes. A kind that was not measured has none. One is equal
    to itself alone, so that what is simulated with it can be kept by it.
    """

    fits: Mapping[StepKind, Fit]
    batch_overhead_s: float

    @property
    def measured(self) -> Mapping[StepKind, Ranges]:
        """As StepTimes says."""
        return {kind: fit.measured for kind, fit in self.fits.items()}

    def prefill_s(self, batch: int, prompt_tokens: int) -> float:
        """As StepTimes says; raises RequestError where prefills were not measured."""
        return self._fit(StepKind.PREFILL).seconds(batch, prompt_tokens, 0)

    def decode_s(self, batch: int, context_tokens: float) -> float:
        """As StepTimes says; raises RequestError where decode steps were not measured."""
        return self._fit(StepKind.DECODE).seconds(batch, 0, context_tokens)

    def mixed_s(self, batch: int, prompt_tokens: int, context_tokens: float) -> float:
        """As StepTimes says; raises RequestError where no such steps were measured."""
        return self._fit(StepKind.MIXED).seconds(batch, prompt_tokens, context_tokens)

    def serves(self, kind: PolicyKind) -> bool:
        """Whether the steps that a policy takes were measured."""
        needed = (StepKind.MIXED,) if kind is PolicyKind.CONTINUOUS else BATCH_KINDS
        return all(step in self.fits for step in needed)

    def _fit(self, kind: StepKind) -> Fit:
        if kind not in self.fits:
            known = tuple(policy for policy in PolicyKind if self.serves(policy))
            reason = f"the calibration has no {kind} steps, which this policy takes."
            refused = PolicyKind.CONTINUOUS if kind is StepKind.MIXED else PolicyKind.STATIC
            raise RequestError("kind", refused, reason, known)
        return self.fits[kind]


def fit_calibration(calibration: Calibration) -> FittedSteps:
    """Fits of all kinds of steps that were measured, the same ones for the same samples; raises
    RequestError where one has too few.
    """
    return _fitted(calibration.samples, calibration.batch_overhead_s)


@lru_cache(maxsize=KEPT)
def _fitted(samples: tuple[StepSample, ...], batch_overhead_s: tuple[float, ...]) -> FittedSteps:
    measured = {sample.kind for sample in samples}
    fits = {kind: fit_steps(kind, samples) for kind in StepKind if kind in measured}
    return FittedSteps(fits, median(batch_overhead_s) or 0.0)
