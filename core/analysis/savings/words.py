"""The savings in words, the same on the page, in the report and in a shell."""

from dataclasses import dataclass

from core.analysis.savings.money import counted, show_money, show_span
from core.analysis.savings.month import Month
from core.analysis.savings.saving import Savings, Told
from core.analysis.savings.terms import Payment
from core.results.format import DASH, show, significant
from core.results.naming import short_name
from core.results.types import RunResult

NO_SAVING = "No saving can be told"
AMOUNT = (
    "Today's cost of a month less the other's: hours of work, by the end-to-end times that were "
    "measured, at the price per hour. Methodology has the formulas."
)
REMEDY = "To be sure, measure the two in turns on the Compare page."
MORE_PAIRS = "More pairs in turns would tell it more closely."
FACTS_OF = {
    Payment.BY_SECOND: "Paid by the second in use",
    Payment.ALL_MONTH: "With whole machines kept on all month",
}


@dataclass(frozen=True)
class Headline:
    """What stands in large type: a short line above, the figure, and a sentence below."""

    label: str
    figure: str
    sentence: str
    is_number: bool


def headline(savings: Savings) -> Headline:
    """The saving, or why none is told."""
    told, saving = savings.told, savings.chosen
    if told is Told.SINGLE:
        return _single(savings)
    if told is Told.REFUSED:
        return Headline("Saving per month", "Not comparable", " ".join(savings.refused), False)
    if told is Told.SAME_RUN:
        same = "Both are the same run, so there is nothing to save. Choose another one."
        return Headline("Saving per month", NO_SAVING, same, False)
    if told is Told.NO_PRICE or saving is None:
        return Headline("Saving per month", DASH, _no_price(savings.today), False)
    if told is Told.NO_MACHINE_LESS:
        return Headline("Saves per month", "$0", _no_machine_less(savings), True)
    if told is Told.SAVES:
        return Headline("Saves per month", show_money(saving.usd), _amounts(savings), True)
    if told is Told.COSTS_MORE:
        figure = f"{show_money(saving.usd)} more"
        return Headline("Costs more per month", figure, _amounts(savings), True)
    return Headline("Saving per month", NO_SAVING, _undecided(savings), False)


def title(savings: Savings) -> str:
    """The headline as one line, for a title or a shell."""
    found, told = headline(savings), savings.told
    if told in (Told.SAVES, Told.NO_MACHINE_LESS):
        return f"{found.figure} saved per month"
    if told is Told.COSTS_MORE:
        return f"{show_money(savings.chosen.usd if savings.chosen else None)} more per month"
    return f"{found.figure} per month" if told is Told.SINGLE else found.figure


def other_way(savings: Savings) -> str:
    """The way to pay that is not chosen, in a sentence; empty where there is nothing to say."""
    paid = next(way for way in Payment if way is not savings.terms.paid)
    if savings.told is Told.SINGLE and savings.today.bill:
        usd = show_money(savings.today.bill.usd(paid))
        return f"{FACTS_OF[paid]} it would cost {usd} a month{_machines(savings.today, paid)}."
    if savings.saving is None or savings.then is None or savings.told is Told.SAME_RUN:
        return ""
    saving = savings.saving[paid]
    machines = _both_machines(savings) if paid is Payment.ALL_MONTH else ""
    if saving.usd == 0:
        return f"{FACTS_OF[paid]} it would save nothing{machines}."
    if saving.interval is None or saving.interval.low <= 0 <= saving.interval.high:
        return f"{FACTS_OF[paid]} no saving could be told{machines}."
    way = "save" if saving.usd > 0 else "cost"
    more = "" if saving.usd > 0 else " more"
    return f"{FACTS_OF[paid]} it would {way} {show_money(saving.usd)}{more} a month{machines}."


def names(today: RunResult, then: RunResult | None) -> tuple[str, str]:
    """What the two are called: their levers, and their ids where these are alike."""
    first = short_name(today.spec)
    if then is None:
        return first, ""
    second = short_name(then.spec)
    if first == second:
        return f"{first} ({today.run_id})", f"{second} ({then.run_id})"
    return first, second


def _single(savings: Savings) -> Headline:
    month = savings.today
    if month.bill is None:
        return Headline("Cost per month", DASH, _no_price(month), False)
    paid = savings.terms.paid
    hours = f"{significant(month.bill.hours)} hours of work"
    sentence = f"For {_requests(savings)}: {hours}{_machines(month, paid)}."
    if month.least and month.most:
        ends = (month.least.usd(paid), month.most.usd(paid))
        if ends[0] != ends[1]:
            sentence += f" Between {show_money(ends[0])} and {show_money(ends[1])}."
    else:
        sentence += " Too few repeats for an interval."
    return Headline("Costs per month", show_money(month.bill.usd(paid)), sentence, True)


def _amounts(savings: Savings) -> str:
    """Today's bill, the other's, and how sure the difference is."""
    said = f"For {_requests(savings)}: {_bills(savings)}."
    saving = savings.chosen
    if saving is None or saving.interval is None:
        return said
    found = saving.interval
    if show_money(found.low) == show_money(found.high):
        return f"{said} It is the same anywhere within the intervals{_how(savings)}."
    if found.high < 0:
        low, high = show_money(found.high), show_money(found.low)
        return f"{said} The extra cost lies between {low} and {high}{_how(savings)}."
    return f"{said} The saving lies {show_span(found)}{_how(savings)}."


def _bills(savings: Savings) -> str:
    months, paid = [m for m in (savings.today, savings.then) if m], savings.terms.paid
    today, then = (show_money(m.bill.usd(paid) if m.bill else None) for m in months)
    machines = _both_machines(savings) if paid is Payment.ALL_MONTH else ""
    return f"{today} today, {then} then{machines}"


def _how(savings: Savings) -> str:
    if savings.in_turns:
        return ", as the two were measured in turns"
    return ", by the 95 % intervals of both runs"


def _undecided(savings: Savings) -> str:
    saving = savings.chosen
    if saving is None or saving.interval is None:
        return (
            "One of the two runs has too few repeats for an interval, which needs five. Measure it "
            "again with more, and the saving can be told."
        )
    if not savings.today.usd_per_hour:
        return "At a price of $0 per hour a month costs nothing, with either."
    said = f"For {_requests(savings)} the difference lies {show_span(saving.interval)} a month"
    remedy = MORE_PAIRS if savings.in_turns else REMEDY
    return f"{said}{_how(savings)}: none is shown as a saving. {remedy}"


def _no_machine_less(savings: Savings) -> str:
    first, second = savings.today.bill, savings.then.bill if savings.then else None
    if first is None or second is None:
        return ""
    said = f"Both need {counted(first.machines, 'machine')}, kept on all month"
    change = first.hours - second.hours
    if change > 0:
        said += f"; the other one works {significant(change)} hours less of them"
    elif change < 0:
        said += f"; the other one works {significant(-change)} hours more of them"
    if savings.first_machine_less is not None:
        from_here = f"{savings.first_machine_less:,}"
        return f"{said}. From {from_here} requests a month on it needs a machine less."
    return f"{said}."


def _no_price(month: Month) -> str:
    if month.e2e_s is None:
        return "No time was measured, so there is no cost."
    return (
        "There is no price: what a server runs on it does not tell. Enter what it costs per hour, "
        "and the month can be reckoned."
    )


def _requests(savings: Savings) -> str:
    return f"{counted(savings.terms.requests, 'request')} a month"


def _machines(month: Month, paid: Payment) -> str:
    if paid is not Payment.ALL_MONTH or month.bill is None:
        return ""
    return f", {counted(month.bill.machines, 'machine')}"


def _both_machines(savings: Savings) -> str:
    bills = [month.bill for month in (savings.today, savings.then) if month and month.bill]
    if len(bills) != 2:
        return ""
    if bills[0].machines == bills[1].machines:
        return f" (both need {counted(bills[0].machines, 'machine')})"
    return f" ({bills[0].machines:,} and {counted(bills[1].machines, 'machine')})"


def price_words(usd_per_hour: float | None) -> str:
    """A price per machine and hour."""
    return f"{show(usd_per_hour, 'USD')} per hour"
