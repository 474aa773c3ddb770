"""On which terms a month is reckoned: how many requests, how machines are paid, at which price."""

import math
from dataclasses import dataclass
from enum import StrEnum

from core.analysis.cost import Price, checked_price, price_of_run
from core.errors import RequestError
from core.results.types import RunResult

REQUESTS, PAID, UTILISATION = "requests_per_month", "paid", "utilisation"
MOST_REQUESTS = 10**12
DEFAULT_REQUESTS = 1_000_000
VALID_REQUESTS = (f"whole numbers from 1 to {MOST_REQUESTS:,}",)
VALID_SHARES = ("above 0 and up to 1",)
LEAST_UTILISATION = 1e-6


class Payment(StrEnum):
    """How machines are paid: each second in use, or every hour of the month."""

    BY_SECOND = "by-second"
    ALL_MONTH = "all-month"


PAYMENT_WORDS = {
    Payment.BY_SECOND: "by the second in use",
    Payment.ALL_MONTH: "whole machines, kept on all month",
}


@dataclass(frozen=True)
class Terms:
    """Requests per month from 1 up, how machines are paid, the share of paid time in which they
    answer (above 0, up to 1), and a person's own price in US dollars per machine and hour, None
    for that of the price table.
    """

    requests: int = DEFAULT_REQUESTS
    paid: Payment = Payment.BY_SECOND
    utilisation: float = 1.0
    usd_per_hour: float | None = None

    def __post_init__(self) -> None:
        """Raises RequestError for a number that is out of its bounds."""
        if not 1 <= self.requests <= MOST_REQUESTS:
            raise RequestError(REQUESTS, self.requests, "it is no such number.", VALID_REQUESTS)
        if not LEAST_UTILISATION <= self.utilisation <= 1:
            raise RequestError(UTILISATION, self.utilisation, "it is no share.", VALID_SHARES)
        if self.usd_per_hour is not None:
            checked_price(self.usd_per_hour)


def parse_requests(text: str) -> int:
    """Requests per month as a person typed them, with or without commas between thousands; raises
    RequestError for what is no whole number within the bounds.
    """
    plain = text.strip().replace(",", "").replace("_", "")
    # A text of more digits than any valid number has is not turned into one.
    if not (plain.isascii() and plain.isdigit() and len(plain.lstrip("0")) <= 13):
        raise RequestError(REQUESTS, text, "it is no such number.", VALID_REQUESTS)
    return Terms(requests=int(plain)).requests


def parse_utilisation(text: str) -> float:
    """A share of paid time; raises RequestError for what is none."""
    try:
        share = float(text)
    except ValueError:
        share = math.nan
    if not LEAST_UTILISATION <= share <= 1:
        raise RequestError(UTILISATION, text, "it is no share.", VALID_SHARES)
    return share


def parse_payment(text: str) -> Payment:
    """How machines are paid; raises RequestError for what is no way to pay."""
    try:
        return Payment(text)
    except ValueError:
        raise RequestError(PAID, text, "there is no such way to pay.", [*Payment]) from None


def price_on(terms: Terms, result: RunResult) -> Price | None:
    """What a machine that does what the run's did costs per hour, with date and source: the
    person's own price, or the table's for that run's device and processors. None for a server
    without an own price: what it runs on it does not tell.
    """
    if terms.usd_per_hour is not None:
        return Price("own price", terms.usd_per_hour, "now", "entered by hand")
    return price_of_run(result, result.environment.cpu_count)
