"""Amounts of money as they are said: whole dollars from a hundred on, cents from one on, and three
significant digits below, so that a difference is that of the amounts beside it.
"""

import math

from core.results.format import DASH, significant
from core.results.statistics import Interval


def show_money(usd: float | None) -> str:
    """`$1,234`, `$12.34`, `$0.00123`; the sign is said in words beside it."""
    if usd is None or not math.isfinite(usd):
        return DASH
    size = abs(usd)
    if size == 0:
        return "$0"
    if size >= 99.995:
        return f"${size:,.0f}"
    return f"${size:,.2f}" if size >= 0.9995 else f"${significant(size)}"


def signed_money(usd: float | None) -> str:
    """The same with a minus below 0."""
    return f"−{show_money(usd)}" if usd is not None and usd < 0 else show_money(usd)


def show_span(found: Interval) -> str:
    """`between $390 and $431`."""
    return f"between {signed_money(found.low)} and {signed_money(found.high)}"


def counted(count: int, noun: str) -> str:
    """`1 machine`, `12 machines`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
