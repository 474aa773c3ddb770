"""Amounts of money as they are said: three significant digits, as far as such times tell, and real
cents where cents are shown, so that a difference is that of the amounts beside it.
"""

import math

from core.results.format import DASH, significant
from core.results.statistics import Interval


def show_money(usd: float | None) -> str:
    """`$1,230`, `$12.34`, `$0.00123`; the sign is said in words beside it."""
    if usd is None or not math.isfinite(usd):
        return DASH
    size = abs(usd)
    if size == 0:
        return "$0"
    digits = 2 - math.floor(math.log10(size))
    rounded = round(size, digits)
    if rounded >= 1:
        return f"${rounded:,.0f}" if rounded >= 100 else f"${size:,.2f}"
    return f"${significant(rounded)}"


def signed_money(usd: float | None) -> str:
    """The same with a minus below 0."""
    return f"−{show_money(usd)}" if usd is not None and usd < 0 else show_money(usd)


def show_span(found: Interval) -> str:
    """`between $390 and $431`."""
    return f"between {signed_money(found.low)} and {signed_money(found.high)}"


def counted(count: int, noun: str) -> str:
    """`1 machine`, `12 machines`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
