"""A run's month on given terms: its bill, and what it could be at the ends of its interval."""

from dataclasses import dataclass

from core.analysis.savings.bill import Bill, bill
from core.analysis.savings.terms import Terms, price_on
from core.results.latency import latency_of
from core.results.latency_intervals import e2e_interval
from core.results.statistics import Interval
from core.results.types import RunResult


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
