"""Ratios of two arms that were measured in turns, each pair's times beside each other."""

from collections.abc import Callable, Sequence

from core.analysis.claims.verdict import Measure
from core.results.paired import paired_ratio, unpaired_ratio
from core.results.types import RunResult

Read = Callable[[RunResult], Sequence[float]]


def e2e_of(result: RunResult) -> Sequence[float]:
    """Seconds of each whole generation."""
    return result.samples.e2e_s


def prefill_of(result: RunResult) -> Sequence[float]:
    """Seconds to the first token of each stamped generation."""
    return [times[0] for times in result.samples.token_s if times]


def decode_of(result: RunResult) -> Sequence[float]:
    """Seconds per later token of each stamped generation."""
    return [
        (times[-1] - times[0]) / (len(times) - 1)
        for times in result.samples.token_s
        if len(times) > 1
    ]


def ratio_of(above: RunResult, below: RunResult, read: Read = e2e_of) -> Measure | None:
    """One arm's time over the other's with its interval: pair by pair where they were measured in
    turns, else of the medians. None without times.
    """
    one, other = read(above), read(below)
    if above.pairing is None or below.pairing is None:
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
