"""A month's bill: today's beside the other's, and both over the number of requests."""

import html
import math
from collections.abc import Sequence

import plotly.graph_objects as go

from core.analysis.savings.bill import bill
from core.analysis.savings.money import show_money
from core.analysis.savings.month import Month
from core.analysis.savings.saving import Savings, Told
from core.analysis.savings.terms import MOST_REQUESTS, Payment, Terms
from core.analysis.savings.words import names
from core.plots.palette import BLUE, GREY, style

DECADES = 2  # drawn to either side of the month's number
PER_DECADE = 40
TEXT_PIXELS = 16
COLOURS = (GREY, BLUE)


def bars(savings: Savings) -> go.Figure:
    """A bar per configuration with its amount and the ends of its own interval."""
    months, paid = _months(savings), savings.terms.paid
    values = [month.bill.usd(paid) if month.bill else None for month in months]
    chart = go.Figure()
    chart.add_bar(
        y=_labels(savings),
        x=values,
        orientation="h",
        marker={"color": list(COLOURS[-len(months) :]), "line": {"width": 0}},
        text=[show_money(value) for value in values],
        textposition="auto",
        textfont={"size": TEXT_PIXELS},
        insidetextanchor="start",
        textangle=0,
        error_x=_whiskers(months, paid),
        hoverinfo="y+text",
    )
    chart.update_xaxes(showticklabels=False, showgrid=False, rangemode="tozero")
    chart.update_yaxes(autorange="reversed", tickfont={"size": TEXT_PIXELS})
    return style(chart)


def bars_takeaway(savings: Savings) -> str:
    """What the bars show, in words."""
    amounts = [
        f"{show_money(month.bill.usd(savings.terms.paid) if month.bill else None)} {when}"
        for month, when in zip(_months(savings), ("today", "then"), strict=False)
    ]
    said = f"A month costs {' and '.join(amounts)}"
    if _whiskers(_months(savings), savings.terms.paid) is None:
        return f"{said}; there are too few repeats for an interval."
    return f"{said}; the lines are the 95 % intervals of the measured times."


def curve(savings: Savings) -> go.Figure:
    """Dollars per month over requests per month, on logarithmic axes, from a hundredth to a hundred
    times the month's number; whole machines make steps.
    """
    chart, requests = go.Figure(), _volumes(savings.terms)
    months = _months(savings)
    for month, name, colour in zip(months, _labels(savings), COLOURS[-len(months) :], strict=True):
        amounts = [_usd(month, savings.terms, count) for count in requests]
        chart.add_scatter(
            x=requests,
            y=amounts,
            mode="lines",
            line={"color": colour, "width": 2.5, "shape": "linear"},
            name=name,
            text=[show_money(usd) for usd in amounts],
            hovertemplate="%{text}",
        )
    chart.add_vline(savings.terms.requests, line={"color": GREY, "width": 1, "dash": "dot"})
    chart.update_xaxes(type="log", title="requests per month", tickformat="~s", showgrid=False)
    chart.update_yaxes(type="log", tickprefix="$", tickformat="~s")
    return style(chart, hovermode="x unified")


def curve_takeaway(savings: Savings) -> str:
    """What the curves show, in words."""
    if savings.terms.paid is Payment.BY_SECOND:
        return (
            "Paid by the second, twice the requests cost twice as much, and the saving is the same "
            "share at any volume; the dotted line is the month's number."
        )
    less = savings.first_machine_less
    said = "Whole machines make steps, and a saving begins where one needs a step less"
    if savings.told is Told.NO_MACHINE_LESS and less is not None:
        return f"{said}: here from {less:,} requests a month on."
    return f"{said}; the dotted line is the month's number."


def _months(savings: Savings) -> tuple[Month, ...]:
    return (savings.today, savings.then) if savings.then else (savings.today,)


def _labels(savings: Savings) -> list[str]:
    """Names are partly from outside, and plotly reads tags in them."""
    months = _months(savings)
    called = names(months[0].run, savings.then.run if savings.then else None)
    when = ("today", "then") if savings.then else ("",)
    return [
        "<br>".join(filter(None, (word, html.escape(name, quote=False))))
        for word, name in zip(when, called, strict=False)
    ]


def _whiskers(months: Sequence[Month], paid: Payment) -> dict[str, object] | None:
    if not all(month.bill and month.least and month.most for month in months):
        return None
    known = [(m.bill, m.least, m.most) for m in months if m.bill and m.least and m.most]
    return {
        "type": "data",
        "symmetric": False,
        "array": [most.usd(paid) - middle.usd(paid) for middle, _, most in known],
        "arrayminus": [middle.usd(paid) - least.usd(paid) for middle, least, _ in known],
        "color": GREY,
        "thickness": 2,
    }


def _volumes(terms: Terms) -> list[int]:
    """Whole numbers of requests, evenly apart by their logarithms."""
    middle = math.log10(terms.requests)
    steps = range(-DECADES * PER_DECADE, DECADES * PER_DECADE + 1)
    found = (round(10 ** (middle + step / PER_DECADE)) for step in steps)
    return sorted({min(max(count, 1), MOST_REQUESTS) for count in found})


def _usd(month: Month, terms: Terms, requests: int) -> float | None:
    if month.e2e_s is None or month.usd_per_hour is None:
        return None
    at = Terms(requests, terms.paid, terms.utilisation, terms.usd_per_hour)
    return bill(month.e2e_s, month.run.spec.workload.batch_size, month.usd_per_hour, at).usd(
        terms.paid
    )
