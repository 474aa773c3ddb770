"""Ratios of two arms that were measured in turns, each pair's times beside each other."""

from collections.abc import Callable, Sequence

from core.analysis.claims.verdict import Measure
from core.results.statistics import median, median_interval
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
    """The median over the pairs of one arm's time over the other's, with its interval; None
    without times.
    """
    pairs = zip(read(above), read(below), strict=False)
    ratios = [one / other for one, other in pairs if other > 0]
    middle, interval = median(ratios), median_interval(ratios)
    if middle is None:
        return None
    return Measure(
        value=middle,
        unit="×",
        low=interval.low if interval else None,
        high=interval.high if interval else None,
    )


def scaled(measure: Measure | None, factor: float) -> Measure | None:
    """A measure and its interval, so many times as large."""
    if measure is None:
        return None
    ends = {
        name: None if end is None else end * factor
        for name, end in (("low", measure.low), ("high", measure.high))
    }
    return measure.model_copy(update={"value": measure.value * factor, **ends})
