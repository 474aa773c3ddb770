"""Two runs that were measured in turns: the ratio of their times, and when it is decided."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Ratio:
    """B over A. `low` and `high` bound it; None where no interval is known, and both equal to
    `value` where it is exact.
    """

    value: float
    low: float | None = None
    high: float | None = None
