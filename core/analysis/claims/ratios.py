"""Ratios of two arms that were measured in turns, each pair's times beside each other."""

from collections.abc import Callable, Sequence

from core.analysis.claims.verdict import Measure
from core.analysis.comparing.ratios import in_turns
from core.results.measured import Samples
from core.results.paired import paired_ratio, unpaired_ratio
from core.results.types import RunResult

Read = Callable[[Samples], Sequence[float]]


def e2e_samples_s(samples: Samples) -> Sequence[float]:
    """Seconds of each whole generation."""
    return samples.e2e_s


def ratio_of(above: RunResult, below: RunResult, read: Read = e2e_samples_s) -> Measure | None:
    """One arm's time over the other's with its interval: pair by pair where they were measured in
    turns, else of the medians. None without times.
    """
    one, other = read(above.samples), read(below.samples)
    if above.pairing is None or not in_turns(above, below):
        found = unpaired_ratio(other, one)
    else:
        found = paired_ratio(other, one, above.pairing.error_rate)
    return Measure(value=found.value, unit="×", low=found.low, high=found.high) if found else None


def scaled(measure: Measure | None, factor: float) -> Measure | None:
    """A measure and its interval, so many times as large."""
    if measure is None:
        return None
    ends = {
        name: None if end is None else end * factor
        for name, end in (("low", measure.low), ("high", measure.high))
    }
    return measure.model_copy(update={"value": measure.value * factor, **ends})
