"""The only place where raw samples become numbers: medians, percentiles, intervals."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

RESAMPLES = 5000
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """A bootstrap confidence interval, in the unit of its samples."""

    low: float
    high: float


def median(samples: Sequence[float]) -> float | None:
    """The median; None without samples."""
    return float(np.median(samples)) if len(samples) else None


def percentile(samples: Sequence[float], percent: float) -> float | None:
    """A percentile by linear interpolation; None without samples."""
    return float(np.percentile(samples, percent)) if len(samples) else None


def median_interval(samples: Sequence[float], seed: int = 0) -> Interval | None:
    """95 % interval of the median by the percentile bootstrap (Efron 1979), the same in whatever
    order the samples stand; None below 5 samples, where resampling says more of the samples' few
    values than of the median.
    """
    return _median_interval(tuple(sorted(samples)), seed) if len(samples) >= 5 else None


@lru_cache(maxsize=1024)
def _median_interval(samples: tuple[float, ...], seed: int) -> Interval:
    """Kept, since pages ask for the same again and again, and resampling takes a while."""
    values = np.asarray(samples, dtype=float)
    draws = np.random.default_rng(seed).choice(values, size=(RESAMPLES, len(values)))
    tail = (1 - CONFIDENCE) / 2 * 100
    low, high = np.percentile(np.median(draws, axis=1), [tail, 100 - tail])
    return Interval(float(low), float(high))


def spread(samples: Sequence[float]) -> float | None:
    """(max - min) / median: how far repeats lie apart; None below 2 samples."""
    middle = median(samples)
    if len(samples) < 2 or not middle:
        return None
    return (max(samples) - min(samples)) / middle


@lru_cache(maxsize=1024)
def student_t(error_rate: float, degrees: int) -> float:
    """What Student's t with so many degrees of freedom exceeds, on either side, with that
    probability. With t = √degrees · tan θ its density is cosine θ to the power degrees - 1, which
    is summed from the tail inwards.
    """
    from_tail = np.linspace(0.0, math.pi / 2, 100_001)
    density = np.sin(from_tail) ** (degrees - 1)
    tail = np.cumsum(density[1:] + density[:-1])
    angle = float(np.interp(error_rate, tail / tail[-1], from_tail[1:]))
    return math.sqrt(degrees) / math.tan(angle)
