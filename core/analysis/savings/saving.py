"""What one measured configuration saves over another in a month, and how sure that is.

It comes from the medians of the end-to-end times. Where its interval holds 0 no saving is told.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.analysis.comparing.ratios import in_turns
from core.analysis.savings.bill import Bill, first_machine_less
from core.analysis.savings.comparable import cautions, refusals
from core.analysis.savings.month import Month, month_of
from core.analysis.savings.quality import QualityChange, quality_change
from core.analysis.savings.terms import Payment, Terms
from core.analysis.savings.uncertainty import request_ratio, saving_interval
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
        speed=request_ratio(first, second),
        quality=quality,
        in_turns=in_turns(today, then),
        first_machine_less=_first_less(first, second, terms),
        cautions=(*quality.cautions, *said),
    )


def _savings(first: Month, second: Month) -> dict[Payment, Saving] | None:
    if first.bill is None or second.bill is None:
        return None
    found = {}
    for paid in Payment:
        usd = first.bill.usd(paid) - second.bill.usd(paid)
        found[paid] = Saving(usd, saving_interval(first, second, paid, usd))
    return found


def _told(first: Month, second: Month, found: dict[Payment, Saving] | None, terms: Terms) -> Told:
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
