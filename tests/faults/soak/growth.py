"""How much a series of readings grows."""

from collections.abc import Sequence
from itertools import combinations

from core.results.statistics import median


def growth(values: Sequence[float]) -> float:
    """How much a series grows from its first value to its last, as a share of its median, along the
    median of the slopes between all pairs (Theil and Sen): one peak does not tilt it.

    Raises ValueError below two values.
    """
    if len(values) < 2:
        raise ValueError("growth needs two values")
    slope = median([(b - a) / (j - i) for (i, a), (j, b) in combinations(enumerate(values), 2)])
    middle = median(values)
    assert slope is not None
    return slope * (len(values) - 1) / middle if middle else 0.0
