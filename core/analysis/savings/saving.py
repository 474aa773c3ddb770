"""What one measured configuration saves over another in a month, and how sure that is.

Point estimates come from the medians of the end-to-end times. Its interval comes from the runs' own
95 % intervals; of two that were measured in turns, from the interval of their paired ratio, which
is free of what slowed both. Where the interval holds 0 no saving is told.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.analysis.comparing.ratios import in_turns, ratios_of
from core.analysis.savings.bill import HOURS_PER_MONTH, Bill, bill, first_machine_less
from core.analysis.savings.comparable import cautions, refusals
from core.analysis.savings.quality import QualityChange, quality_change
from core.analysis.savings.terms import Payment, Terms, price_on
from core.results.latency import latency_of
from core.results.latency_intervals import e2e_interval
from core.results.paired import Ratio
from core.results.statistics import Interval
from core.results.types import RunResult


class Told(StrEnum):
    """What can be said of a saving."""

    SAVES = "saves"
    COSTS_MORE = "costs more"
    UNDECIDED = "undecided"  # the interval holds 0
    NO_INTERVAL = "no interval"  # too few repeats to tell
    NO_MACHINE_LESS = "no machine less"  # as many whole machines as today
    NO_PRICE = "no price"
    SAME_RUN = "same run"
    SINGLE = "single run"
    REFUSED = "refused"


@dataclass(frozen=True)
class Month:
    """A run's month: the bill, what it could be at the ends of its interval, and the price; None
    where it is not known.
    """

    run: RunResult
    usd_per_hour: float | None
    e2e_s: float | None
    interval_s: Interval | None
    bill: Bill | None
    least: Bill | None = None
    most: Bill | None = None


@dataclass(frozen=True)
class Saving:
    """Dollars per month; below 0 is an extra cost. `interval` is None where none is known."""

    usd: float
    interval: Interval | None


@dataclass(frozen=True)
class Savings:
    """All that is told of a month with one run and with another; `then` is None of a single run.

    `saving` is by the way to pay, and empty where the two are refused or have no price. `speed` is
    how many requests the other answers in the time of one, as a ratio with its interval.
    """

    terms: Terms
    today: Month
    then: Month | None
    told: Told
    refused: tuple[str, ...] = ()
    saving: dict[Payment, Saving] | None = None
    speed: Ratio | None = None
    quality: QualityChange | None = None
    in_turns: bool = False
    first_machine_less: int | None = None
    cautions: tuple[str, ...] = ()

    @property
    def chosen(self) -> Saving | None:
        """The saving in the way that is paid."""
        return self.saving[self.terms.paid] if self.saving else None


def month_of(run: RunResult, terms: Terms) -> Month:
    """A run's month on these terms."""
    price, e2e_s, interval = price_on(terms, run), latency_of(run).e2e_s, e2e_interval(run)
    usd_per_hour = price.usd_per_hour if price else None
    batch = run.spec.workload.batch_size
    if usd_per_hour is None or e2e_s is None:
        return Month(run, usd_per_hour, e2e_s, interval, None)
    bills = [
        bill(seconds, batch, usd_per_hour, terms)
        for seconds in (e2e_s, *((interval.low, interval.high) if interval else ()))
    ]
    return Month(run, usd_per_hour, e2e_s, interval, *bills)


def savings_of(today: RunResult, then: RunResult | None, terms: Terms) -> Savings:
    """What the second run saves over the first in a month."""
    first, second = month_of(today, terms), month_of(then, terms) if then else None
    said = cautions(today, then)
    if then is None or second is None:
        return Savings(terms, first, None, Told.SINGLE, cautions=said)
    refused = refusals(today, then)
    if refused:
        return Savings(terms, first, second, Told.REFUSED, refused, cautions=said)
    found, quality = _savings(first, second), quality_change(today, then)
    return Savings(
        terms,
        first,
        second,
        _told(first, second, found, terms),
        saving=found,
        speed=request_ratio(today, then),
        quality=quality,
        in_turns=in_turns(today, then),
        first_machine_less=_first_less(first, second, terms),
        cautions=(*quality.cautions, *said),
    )


def request_ratio(today: RunResult, then: RunResult) -> Ratio | None:
    """How many requests the second answers in the time of one of the first: the ratio of the
    end-to-end times, of pairs where they were measured in turns, times that of the batches.
    """
    times = ratios_of(today, then).get("e2e_s")
    if times is None or times.value <= 0:
        return None
    rows = then.spec.workload.batch_size / today.spec.workload.batch_size
    if not times.low or not times.high:
        return Ratio(rows / times.value)
    return Ratio(rows / times.value, rows / times.high, rows / times.low)


def _savings(first: Month, second: Month) -> dict[Payment, Saving] | None:
    if first.bill is None or second.bill is None:
        return None
    found = {}
    for paid in Payment:
        usd = first.bill.usd(paid) - second.bill.usd(paid)
        found[paid] = Saving(usd, _interval(first, second, paid, usd))
    return found


def _interval(
    first: Month, second: Month, paid: Payment, usd: float
) -> Interval | None:
    """Stretched to hold the value itself, which is of medians and not of pairs."""
    apart = _apart(first, second, paid)
    if apart is None:
        return None
    pairs = _by_pairs(first, second) if in_turns(first.run, second.run) else None
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
    times = ratios_of(first.run, second.run).get("e2e_s")
    if times is None or not times.low or not times.high or not first.bill or not second.bill:
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


def _whole_machines(
    pairs: Interval, apart: Interval, first: Month, second: Month
) -> Interval:
    """Of whole machines: without rounding up they cost what the seconds do. Each side rounds up by
    less than a machine, so that the difference lies less than one machine of either side beyond
    that of the seconds; nor can it lie beyond the ends of the two apart.
    """
    mine, other = (HOURS_PER_MONTH * (month.usd_per_hour or 0.0) for month in (first, second))
    low, high = max(pairs.low - other, apart.low), min(pairs.high + mine, apart.high)
    return Interval(min(low, high), max(low, high))


def _holding(found: Interval, value: float) -> Interval:
    return Interval(min(found.low, value), max(found.high, value))


def _told(
    first: Month, second: Month, found: dict[Payment, Saving] | None, terms: Terms
) -> Told:
    if first.run.run_id == second.run.run_id:
        return Told.SAME_RUN
    if found is None:
        return Told.NO_PRICE
    saving = found[terms.paid]
    if terms.paid is Payment.ALL_MONTH and _as_many_machines(first, second):
        return Told.NO_MACHINE_LESS
    if saving.interval is None:
        return Told.NO_INTERVAL
    if saving.interval.low > 0:
        return Told.SAVES
    return Told.COSTS_MORE if saving.interval.high < 0 else Told.UNDECIDED


def _as_many_machines(first: Month, second: Month) -> bool:
    """Whether both need the same number at the same price, whatever within the intervals holds."""
    bills = [one for one in (*_all(first), *_all(second)) if one]
    same_price = math.isclose(first.usd_per_hour or 0.0, second.usd_per_hour or 0.0)
    return same_price and len({one.machines for one in bills}) == 1


def _all(month: Month) -> Sequence[Bill | None]:
    return (month.bill, month.least, month.most)


def _first_less(first: Month, second: Month, terms: Terms) -> int | None:
    """From how many requests on a machine less is needed, where none is now."""
    if not (first.bill and second.bill and first.e2e_s and second.e2e_s):
        return None
    if first.bill.machines != second.bill.machines:
        return None
    sides = [(m.e2e_s or 0.0, m.run.spec.workload.batch_size) for m in (first, second)]
    if sides[1][0] / sides[1][1] >= sides[0][0] / sides[0][1]:
        return None
    return first_machine_less(sides[0], sides[1], terms)
