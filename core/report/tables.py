"""The tables of a report, as plain texts: what is assumed, a month, settings, every metric."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from core.analysis.comparing.comparison import Cell, Told, compare
from core.analysis.comparing.differing import Origin, differing_settings, doubts
from core.analysis.cost import cost_metrics
from core.analysis.roofline import ROOFLINE_METRICS
from core.analysis.savings.comparable import generated_per_request, prompt_per_request
from core.analysis.savings.money import show_money, signed_money
from core.analysis.savings.month import Month
from core.analysis.savings.saving import Savings
from core.analysis.savings.terms import PAYMENT_WORDS, price_on
from core.results.format import DASH, show, show_change, significant
from core.results.metrics import METRICS, Metric
from core.results.naming import long_name
from core.results.statistics import Interval

IN_CELLS = ("e2e_low_s", "e2e_high_s")  # the interval stands beside the end-to-end time
ORIGINS = {Origin.ASKED: "asked", Origin.RAN: "what ran", Origin.MACHINE: "machine"}
TODAY, THEN = "Today", "Then"
TOLD = {
    Told.REFERENCE: "",
    Told.BETTER: "better",
    Told.WORSE: "worse",
    Told.OTHER: "differs",
    Told.ALIKE: "alike",
    Told.OVERLAP: "cannot be told apart",
    Told.NO_INTERVAL: "no interval",
    Told.UNKNOWN: "not known",
}


@dataclass(frozen=True)
class Table:
    """A caption, a head and rows of texts; the first cell of a row names it. Cells of numbers are
    aligned to the right.
    """

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: bool = False


def months_of(savings: Savings) -> tuple[Month, ...]:
    """Today's and the other's, where there is one."""
    return (savings.today, savings.then) if savings.then else (savings.today,)


def heads(savings: Savings) -> tuple[str, ...]:
    """What the columns of the runs are called."""
    return (TODAY, THEN) if savings.then else ("This run",)


def assumptions(savings: Savings) -> Table:
    """What a month is reckoned from."""
    terms, run = savings.terms, savings.today.run
    price = price_on(terms, run)
    told = DASH
    if price:
        told = f"{show(price.usd_per_hour, 'USD')} per machine and hour: {price.label}"
        told += "" if terms.usd_per_hour is not None else f", {price.as_of}, {price.source}"
    lengths = f"{significant(prompt_per_request(run))} prompt tokens"
    lengths += f" and {significant(generated_per_request(run))} generated ones"
    rows = (
        ("Requests per month", f"{terms.requests:,}"),
        ("A request", f"{lengths}, one row of a run's batch"),
        ("Price", told),
        ("Machines are paid", PAYMENT_WORDS[terms.paid]),
        ("Utilisation", f"{terms.utilisation:g}: the share of paid time that answers requests"),
        ("A month", "730 hours"),
    )
    return Table("What is assumed", ("Assumption", "Value"), rows)


def month(savings: Savings) -> Table:
    """What a month takes and costs."""
    months = months_of(savings)
    bills = [each.bill for each in months]
    rows = [
        ("Configuration", *(long_name(each.run.spec) for each in months)),
        ("Run", *(each.run.run_id for each in months)),
        ("Measured", *(moment(each.run.finished_at) for each in months)),
        ("Trust grade", *(str(each.run.trust.grade) for each in months)),
        ("A group of requests takes", *(_seconds(each) for each in months)),
        ("Requests in a group", *(str(each.run.spec.workload.batch_size) for each in months)),
        ("Hours of work a month", *(significant(b.hours) if b else DASH for b in bills)),
        ("Whole machines", *(f"{b.machines:,}" if b else DASH for b in bills)),
        *(
            (f"Cost, {words}", *(show_money(b.usd(paid)) if b else DASH for b in bills))
            for paid, words in PAYMENT_WORDS.items()
        ),
    ]
    return Table("A month", ("", *heads(savings)), tuple(rows), numbers=True)


def saving(savings: Savings) -> Table:
    """The saving in either way to pay, with its interval."""
    rows = [
        (PAYMENT_WORDS[paid], signed_money(found.usd), span(found.interval))
        for paid, found in (savings.saving or {}).items()
    ]
    header = ("Machines are paid", "Saving per month", "Interval")
    caption = "The saving (below 0 an extra cost; none is claimed where the interval holds 0)"
    return Table(caption, header, tuple(rows), numbers=True)


def settings(savings: Savings) -> Table:
    """In what the two differ."""
    found = differing_settings([each.run for each in months_of(savings)])
    rows = tuple((row.name, ORIGINS[row.origin], *row.values) for row in found)
    return Table("Settings that differ", ("Setting", "Read from", *heads(savings)), rows)


def all_metrics(savings: Savings) -> tuple[Metric, ...]:
    """Those that are shown, cost at each run's price."""
    prices = {each.run.run_id: each.usd_per_hour for each in months_of(savings)}
    costs = cost_metrics(lambda run: prices.get(run.run_id))
    measured = tuple(metric for metric in METRICS if metric.key not in IN_CELLS)
    return (*measured, *ROOFLINE_METRICS, *costs)


def numbers(savings: Savings) -> Table:
    """Every metric that a run has, with intervals and what can be told."""
    months, metrics = months_of(savings), all_metrics(savings)
    if savings.then is None or savings.today.run.run_id == savings.then.run.run_id:
        return _single(months[0], metrics)
    found = compare([each.run for each in months], months[0].run, metrics)
    rows = tuple(
        (
            row.metric.label,
            *(_cell(row.metric, cell) for cell in row.cells),
            _change(row.cells[-1]),
        )
        for row in found
    )
    return Table("All numbers", ("Metric", *heads(savings), "Change"), rows, numbers=True)


def definitions(savings: Savings) -> tuple[Metric, ...]:
    """The metrics that the table of numbers has a row for, and how each is computed."""
    runs = [each.run for each in months_of(savings)]
    shown = all_metrics(savings)
    return tuple(m for m in shown if any(m.read(run) is not None for run in runs))


def doubts_table(savings: Savings) -> Table:
    """What lowers the grade of each run."""
    rows = tuple(
        (when, str(each.run.trust.grade), " ".join(doubts(each.run)) or "None.")
        for when, each in zip(heads(savings), months_of(savings), strict=False)
    )
    return Table("Trust", ("Run", "Grade", "Doubts"), rows)


def moment(when: datetime) -> str:
    """A moment in UTC, the same wherever the report is made."""
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def span(found: Interval | None) -> str:
    """The ends of an interval of money."""
    return f"{signed_money(found.low)} to {signed_money(found.high)}" if found else "not known"


def _seconds(each: Month) -> str:
    shown = show(each.e2e_s, "s")
    if each.interval_s is None:
        return f"{shown} (no interval)"
    return f"{shown} ({show(each.interval_s.low, 's')} to {show(each.interval_s.high, 's')})"


def _single(each: Month, metrics: Sequence[Metric]) -> Table:
    rows = tuple(
        (metric.label, show(value, metric.unit))
        for metric in metrics
        if (value := metric.read(each.run)) is not None
    )
    return Table("All numbers", ("Metric", "This run"), rows, numbers=True)


def _cell(metric: Metric, cell: Cell) -> str:
    value = show(cell.value, metric.unit)
    if cell.interval is None:
        return value
    low, high = (show(end, metric.unit) for end in (cell.interval.low, cell.interval.high))
    return f"{value} ({low} to {high})"


def _change(cell: Cell) -> str:
    change = "" if cell.relative is None else show_change(cell.relative)
    return f"{change} {TOLD[cell.told]}".strip()
