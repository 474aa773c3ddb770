"""How long a step takes, fitted to measured steps over batch and length, and how well that fits."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from core.results.serving import Calibration, StepKind, StepSample


class Form(StrEnum):
    """How time hangs on the batch: one formula for all, or a line in length for each batch size
    that was measured, and between them in proportion.
    """

    ONE_FORMULA = "one formula"
    PER_BATCH = "per batch size"


class StepTimes(Protocol):
    """Seconds of steps: what the simulator asks. Times are linear in the context, so that a run
    of steps takes as long as so many at its mean context.
    """

    @property
    def batch_overhead_s(self) -> float:
        """Seconds of a batch outside of its steps."""

    def prefill_s(self, batch: int, prompt_tokens: int) -> float:
        """A prefill of so many rows of so many tokens each."""

    def decode_s(self, batch: int, context_tokens: float) -> float:
        """One new token for each row, each with so many in the cache."""

    def mixed_s(self, batch: int, prompt_tokens: int, context_tokens: float) -> float:
        """A step of continuous batching; sums over rows, as in StepSample."""


@dataclass(frozen=True)
class Coefficient:
    """One number of a formula, such as 0.031 s per step; `batch` where it holds for that one."""

    name: str
    value: float
    unit: str
    batch: int | None = None


@dataclass(frozen=True)
class Fit:
    """A fitted kind of step. Errors are shares: |fitted - measured| / measured, each shape's
    measured time being the median of its samples. `held_out_error` is the median error of shapes
    that were left out of the fit, None below three shapes. Ranges are (least, most) measured.
    """

    kind: StepKind
    form: Form
    coefficients: tuple[Coefficient, ...]
    samples: int
    shapes: int
    median_error: float
    worst_error: float
    held_out_error: float | None
    batch_range: tuple[int, int]
    length_range: tuple[int, int]

    def seconds(self, batch: int, prompt_tokens: float, context_tokens: float) -> float:
        """The fitted time of a step, as in StepSample."""
        raise NotImplementedError


def fit_steps(kind: StepKind, samples: Sequence[StepSample]) -> Fit:
    """The form that foretells best what was left out. Raises RequestError for too few samples."""
    raise NotImplementedError


@dataclass(frozen=True)
class FittedSteps:
    """The fits of one calibration: StepTimes. A kind that was not measured is None; asking it
    raises RequestError.
    """

    fits: dict[StepKind, Fit]
    batch_overhead_s: float

    def prefill_s(self, batch: int, prompt_tokens: int) -> float:
        raise NotImplementedError

    def decode_s(self, batch: int, context_tokens: float) -> float:
        raise NotImplementedError

    def mixed_s(self, batch: int, prompt_tokens: int, context_tokens: float) -> float:
        raise NotImplementedError


def fit_calibration(calibration: Calibration) -> FittedSteps:
    """Fits of all kinds of steps that were measured."""
    raise NotImplementedError
