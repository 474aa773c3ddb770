"""How sure a saving and a speed are: intervals from two runs apart, or from their pairs.

Of two runs measured apart both 95 % intervals count, each with its worse end. Of two that were
measured in turns it is the interval of their paired ratio, which is free of what slowed both.
"""

from dataclasses import dataclass

from core.analysis.comparing.ratios import in_turns, ratios_of
from core.analysis.savings.bill import HOURS_PER_MONTH
from core.analysis.savings.month import Month
from core.analysis.savings.terms import Payment
from core.results.paired import Ratio
from core.results.statistics import Interval
from core.results.types import RunResult


def request_ratio(first: Month, second: Month) -> Ratio | None:
    """How many requests the second answers in the time of one of the first: the ratio of the
    end-to-end times, times that of the batches. Its ends are the paired ratio's where they were
    measured in turns, or else those of the two runs' own intervals.
    """
    if not first.e2e_s or not second.e2e_s:
        return None
    rows = second.run.spec.workload.batch_size / first.run.spec.workload.batch_size
    pairs = _paired(first.run, second.run)
    if pairs is not None:
        return Ratio(rows / pairs.value, rows / pairs.high, rows / pairs.low)
    value, mine, other = first.e2e_s / second.e2e_s, first.interval_s, second.interval_s
    if mine is None or other is None or other.low <= 0:
        return Ratio(rows * value)
    return Ratio(rows * value, rows * mine.low / other.high, rows * mine.high / other.low)


@dataclass(frozen=True)
class PairedTimes:
    """The ratio of end-to-end times, the second's over the first's, with its interval."""

    value: float
    low: float
    high: float


def _paired(today: RunResult, then: RunResult) -> PairedTimes | None:
    """None where they were measured apart, or the interval is not known."""
    times = ratios_of(today, then).get("e2e_s") if in_turns(today, then) else None
    if times is None or not times.low or not times.high:
        return None
    return PairedTimes(times.value, times.low, times.high)


def saving_interval(first: Month, second: Month, paid: Payment, usd: float) -> Interval | None:
    """Stretched to hold the value itself, which is of medians and not of pairs."""
    apart = _apart(first, second, paid)
    if apart is None:
        return None
    pairs = _by_pairs(first, second)
    if pairs is None:
        return _holding(apart, usd)
    if paid is Payment.BY_SECOND:
        return _holding(pairs, usd)
    return _holding(_whole_machines(pairs, apart, first, second), usd)


def _apart(first: Month, second: Month, paid: Payment) -> Interval | None:
    """Today's least less the other's most, to today's most less the other's least."""
    if not (first.least and first.most and second.least and second.most):
        return None
    return Interval(
        first.least.usd(paid) - second.most.usd(paid), first.most.usd(paid) - second.least.usd(paid)
    )


def _by_pairs(first: Month, second: Month) -> Interval | None:
    """Paid by the second: the paired ratio's ends, times the ends of either side's own bill. Both
    sides are taken, so that it is the same from either.
    """
    times = _paired(first.run, second.run)
    if times is None or not first.bill or not second.bill:
        return None
    if not first.bill.by_second_usd or not second.bill.by_second_usd:
        return Interval(0.0, 0.0)
    scale = second.bill.by_second_usd / first.bill.by_second_usd
    scale *= (first.e2e_s or 1.0) / (second.e2e_s or 1.0)  # prices and batches alone
    shares = [ratio * scale for ratio in (times.low, times.high)]
    mine, other = _ends(first), _ends(second)
    ends = [
        *(usd * (1 - share) for usd in mine for share in shares),
        *(usd * (1 / share - 1) for usd in other for share in shares),
    ]
    return Interval(min(ends), max(ends))


def _ends(month: Month) -> list[float]:
    bills = (month.least, month.bill, month.most)
    return [one.by_second_usd for one in bills if one]


def _whole_machines(pairs: Interval, apart: Interval, first: Month, second: Month) -> Interval:
    """Of whole machines: without rounding up they cost what the seconds do. Each side rounds up by
    less than a machine, so that the difference lies less than one machine of either side beyond
    that of the seconds; nor can it lie beyond the ends of the two apart.
    """
    mine, other = (HOURS_PER_MONTH * (month.usd_per_hour or 0.0) for month in (first, second))
    low, high = max(pairs.low - other, apart.low), min(pairs.high + mine, apart.high)
    return Interval(min(low, high), max(low, high))


def _holding(found: Interval, value: float) -> Interval:
    return Interval(min(found.low, value), max(found.high, value))
