"""Two runs that were measured in turns: the ratio of their times, and when it is decided.

The logarithm of B / A within a pair is free of what slows both; two pairs in the order A B B A are
a block, in which a steady drift adds to one what it takes from the other. The ratio is that of the
20 % trimmed mean of those logarithms, which a disturbance of one side hardly moves, where a mean
would follow it and a median would throw away a third of what the pairs tell. Its interval comes
from resampling whole blocks: the bootstrap's standard error times Student's t (Efron and Tibshirani
1993, chapter 12), since percentiles of a few blocks are far too narrow.

Whoever looks again and again at one per cent errs far more often than that. Looks are scheduled,
and share one per cent among them as the pairs between them share the most pairs: the linear case
of the power family of Kim and DeMets (1987), the shares added up by Bonferroni's inequality, so
that the intervals of all looks hold together (repeated confidence intervals, Jennison and
Turnbull 1989).
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from core.results.statistics import student_t
from core.results.types import Stopped
from core.variants.pairing import PairPlan

ERROR_RATE = 0.01
POWER = 0.8
TRIMMED = 0.2
DRAWS = 2000
FIRST_LOOK, LOOKS_GROW_BY = 6, 1.5
LEAST_BLOCKS = 3
CLEAR = 3  # a difference is told at an early look when it is so many times what is uncertain of it


@dataclass(frozen=True)
class Ratio:
    """B over A. `low` and `high` bound it; None where no interval is known, and both equal to
    `value` where it is exact.
    """

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Look:
    """After so many pairs their ratio is judged; `error_rate` is this look's share."""

    pairs: int
    error_rate: float


@dataclass(frozen=True)
class LogRatio:
    """The logarithm of B / A, what is uncertain of it on either side, and its standard error; both
    None below three blocks.
    """

    value: float
    half_width: float | None
    standard_error: float | None
    pairs: int

    @property
    def ratio(self) -> Ratio:
        """The same as a ratio."""
        if self.half_width is None:
            return Ratio(math.exp(self.value))
        low, high = self.value - self.half_width, self.value + self.half_width
        return Ratio(math.exp(self.value), math.exp(low), math.exp(high))


def looks(plan: PairPlan) -> Iterator[Look]:
    """When a plan's pairs are judged, each time after half as many again, the last time at the
    most; one that would come shortly before is left out.
    """
    before, last = 0, whole_blocks(plan.most_pairs)
    pairs = min(FIRST_LOOK, last)
    while True:
        yield Look(pairs, ERROR_RATE * (pairs - before) / last)
        if pairs == last:
            return
        before, pairs = pairs, _even(pairs * LOOKS_GROW_BY)
        if pairs > 0.85 * last:
            pairs = last


def whole_blocks(pairs: int) -> int:
    """So many pairs without one that is no part of an A B B A."""
    return pairs - pairs % 2


def log_ratio(a: Sequence[float], b: Sequence[float], error_rate: float = ERROR_RATE) -> LogRatio:
    """The logarithm of B / A, element i of one against element i of the other, all of them above
    0; an odd last one is left out. The interval misses it with the error rate.
    """
    pairs = whole_blocks(min(len(a), len(b)))
    logs = np.log(np.asarray(b[:pairs]) / np.asarray(a[:pairs])).reshape(-1, 2)
    blocks, value = len(logs), float(_trimmed_mean(logs.ravel()))
    if blocks < LEAST_BLOCKS:
        return LogRatio(value, None, None, pairs)
    picks = np.random.default_rng(0).integers(0, blocks, size=(DRAWS, blocks))
    spread = float(np.std(_trimmed_mean(logs[picks].reshape(DRAWS, -1))))
    error = spread * math.sqrt(blocks / (blocks - 1))
    return LogRatio(value, student_t(error_rate, blocks - 1) * error, error, pairs)


def paired_ratio(
    a: Sequence[float], b: Sequence[float], error_rate: float = ERROR_RATE
) -> Ratio | None:
    """B / A of paired samples; None below two pairs, and where a sample is not above 0."""
    if min(len(a), len(b)) < 2 or min(*a, *b) <= 0:
        return None
    return log_ratio(a, b, error_rate).ratio


def unpaired_ratio(
    a: Sequence[float], b: Sequence[float], error_rate: float = ERROR_RATE
) -> Ratio | None:
    """B / A of the medians of samples taken apart, with the percentile bootstrap of both; without
    an interval below five of either, None without any or where A's median is not above 0.
    """
    if not len(a) or not len(b) or np.median(a) <= 0:
        return None
    value = float(np.median(b) / np.median(a))
    if min(len(a), len(b)) < 5:
        return Ratio(value)
    generator = np.random.default_rng(0)
    above, below = (
        np.median(generator.choice(np.asarray(side), size=(DRAWS, len(side))), axis=1)
        for side in (b, a)
    )
    tail = error_rate / 2 * 100
    low, high = np.percentile(above / below, [tail, 100 - tail])
    return Ratio(value, float(low), float(high))


def decide(a: Sequence[float], b: Sequence[float], look: Look, plan: PairPlan) -> Stopped | None:
    """Why measuring ends at this look; None where it goes on. Before the last look a difference
    must also be told well enough to be of use: to the smallest effect, or to a third of itself.
    """
    found = log_ratio(a[: look.pairs], b[: look.pairs], look.error_rate)
    last = look.pairs == whole_blocks(plan.most_pairs)
    told = told_of(found, plan.smallest_effect)
    if told is Stopped.DECIDED and not last and not _clear(found, plan.smallest_effect):
        return None
    return told or (Stopped.MOST_PAIRS if last else None)


def told_of(found: LogRatio, smallest_effect: float) -> Stopped | None:
    """Whether the interval excludes what matters, or no difference; None where it does neither."""
    if found.half_width is None:
        return None
    if abs(found.value) + found.half_width <= math.log1p(smallest_effect):
        return Stopped.EQUIVALENT
    return Stopped.DECIDED if abs(found.value) > found.half_width else None


def more_pairs(found: LogRatio, smallest_effect: float) -> int | None:
    """How many pairs more would show the smallest effect, were it there, four times in five, by
    the scatter that was measured; and would decide where the ratio stays as it is.
    """
    if found.half_width is None or not found.standard_error:
        return None
    effect, value = math.log1p(smallest_effect), abs(found.value)
    seen = found.half_width + NormalDist().inv_cdf(POWER) * found.standard_error
    shrink = max(seen / effect, found.half_width / max(value, effect - value))
    return max(2, _even(found.pairs * shrink**2) - found.pairs)


def _clear(found: LogRatio, smallest_effect: float) -> bool:
    half_width = found.half_width or 0.0
    return half_width <= max(math.log1p(smallest_effect), abs(found.value) / CLEAR)


def _trimmed_mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean along the last axis without the lowest and the highest fifth."""
    ordered = np.sort(values, axis=-1)
    cut = int(TRIMMED * ordered.shape[-1])
    middle: NDArray[np.float64] = ordered[..., cut : ordered.shape[-1] - cut].mean(axis=-1)
    return middle


def _even(pairs: float) -> int:
    """The next even number."""
    return 2 * math.ceil(pairs / 2)
