"""What so many requests per month cost with one configuration: formulas on plain numbers.

A request is one row of a run's batch at the run's own lengths: a batch of 16 serves 16 requests in
one end-to-end time, and a last group that is not full takes as long as a full one.
"""

import math
from dataclasses import dataclass

from core.analysis.savings.terms import Payment, Terms

HOURS_PER_MONTH = 730  # 365 days · 24 h / 12
ROUNDING = 1e-12  # of floating point: exactly full machines are not one more


@dataclass(frozen=True)
class Bill:
    """A month of one configuration in US dollars: the hours of work, paid by the second, and the
    whole machines that they need, kept on all month.
    """

    hours: float
    by_second_usd: float
    machines: int
    all_month_usd: float

    def usd(self, paid: Payment) -> float:
        """What is paid in that way."""
        return self.by_second_usd if paid is Payment.BY_SECOND else self.all_month_usd


def bill(e2e_s: float, batch_size: int, usd_per_hour: float, terms: Terms) -> Bill:
    """The month of a configuration that serves `batch_size` requests in `e2e_s` seconds."""
    hours = hours_needed(e2e_s, batch_size, terms.requests)
    machines = machines_needed(hours, terms.utilisation)
    return Bill(
        hours=hours,
        by_second_usd=by_second_usd(hours, usd_per_hour, terms.utilisation),
        machines=machines,
        all_month_usd=all_month_usd(machines, usd_per_hour),
    )


def hours_needed(e2e_s: float, batch_size: int, requests: int) -> float:
    """Hours of work: ceil(requests / batch) · end-to-end / 3600."""
    return -(-requests // batch_size) * e2e_s / 3600


def by_second_usd(hours: float, usd_per_hour: float, utilisation: float) -> float:
    """Paid by the second in use: hours · price per hour / utilisation, as `core.analysis.cost` has
    it: of the seconds that are paid, this share answers requests.
    """
    return hours * usd_per_hour / utilisation


def machines_needed(hours: float, utilisation: float) -> int:
    """Whole machines: ceil(hours / (730 · utilisation)), at least 1: each can work that share of
    the month.
    """
    return max(math.ceil(hours / (HOURS_PER_MONTH * utilisation) * (1 - ROUNDING)), 1)


def all_month_usd(machines: int, usd_per_hour: float) -> float:
    """Kept on all month: machines · 730 · price per hour."""
    return machines * HOURS_PER_MONTH * usd_per_hour


def requests_that_fit(e2e_s: float, batch_size: int, machines: int, utilisation: float) -> int:
    """The most requests per month that so many machines answer: the inverse of
    `machines_needed(hours_needed(…))`.
    """
    seconds = machines * HOURS_PER_MONTH * utilisation * 3600
    return math.floor(seconds / e2e_s * (1 + ROUNDING)) * batch_size


def first_machine_less(
    today: tuple[float, int], then: tuple[float, int], terms: Terms, most: int = 10_000
) -> int | None:
    """The least requests per month, above the present number, at which the second configuration
    needs a machine less than the first; each is its end-to-end seconds and its batch size. None
    where that does not happen up to so many machines more.
    """
    share = terms.utilisation
    machines = machines_needed(hours_needed(*today, terms.requests), share)
    for count in range(machines, machines + most):
        requests = max(requests_that_fit(*today, count, share) + 1, terms.requests + 1)
        if machines_needed(hours_needed(*then, requests), share) <= count:
            return requests
    return None
