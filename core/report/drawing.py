"""The plots of a report: what each shows in words, and its figure as JSON for the page's script."""

from collections.abc import Iterator
from dataclasses import dataclass

import plotly.graph_objects as go

from core.analysis.comparing.ratio_rows import pair_ratios, ratio_rows
from core.analysis.comparing.ratios import ratios_of
from core.analysis.cost import cost_metrics
from core.analysis.savings.saving import Savings, Told
from core.plots import month, ratios
from core.plots.charts import charts
from core.report.tables import all_metrics
from core.results.types import RunResult
from core.variants.pairing import Side

WIDTH = 680  # pixels, of a page of A4 between its margins


@dataclass(frozen=True)
class Plot:
    """A plot under its title and its takeaway. `figure` is plotly's JSON, safe within a script."""

    title: str
    takeaway: str
    figure: str
    height: int


def main_plot(savings: Savings) -> Plot | None:
    """The month's bill; None where there is none."""
    if savings.today.bill is None or savings.told in (Told.REFUSED, Told.NO_PRICE):
        return None
    return _plot("A month", month.bars_takeaway(savings), month.bars(savings))


def further_plots(savings: Savings) -> Iterator[Plot]:
    """The bill over the volume, what was measured of both, and single pairs where there are."""
    if main_plot(savings) is not None:
        yield _plot("Over the volume", month.curve_takeaway(savings), month.curve(savings))
    today, then = savings.today.run, savings.then.run if savings.then else None
    prices = {each.run.run_id: each.usd_per_hour for each in (savings.today, savings.then) if each}
    costs = cost_metrics(lambda run: prices.get(run.run_id))
    measured = charts(then or today, today if then else None, costs)
    for chart in measured:
        yield _plot(chart.title, chart.takeaway, chart.figure)
    if savings.in_turns and then is not None:
        yield _pairs(today, then, savings)


def _pairs(today: RunResult, then: RunResult, savings: Savings) -> Plot:
    """Every pair's ratio, A and B as they were measured."""
    pairing = today.pairing
    assert pairing is not None
    a, b = (today, then) if pairing.side is Side.A else (then, today)
    single, effect = pair_ratios(a, b), pairing.smallest_effect
    whole = next(
        row
        for row in ratio_rows(ratios_of(a, b), all_metrics(savings))
        if row.metric.key == "e2e_s"
    )
    names = ("today's", "the other") if a is today else ("the other", "today's")
    said = f"A is {names[0]}, B {names[1]}. {ratios.pairs_takeaway(single, effect)}"
    return _plot("Pair by pair", said, ratios.pairs_figure(single, whole, effect))


def _plot(title: str, takeaway: str, figure: go.Figure) -> Plot:
    """Without plotly's own template: the report's style sheet has the colours of texts."""
    drawn = go.Figure(figure)
    drawn.update_layout(template="none")
    return Plot(title, takeaway, _harmless(drawn.to_json()), int(drawn.layout.height or 230))


def _harmless(json_text: str) -> str:
    """JSON that cannot end the script element that holds it, nor begin a comment in it."""
    return (
        json_text.replace("<", "\\u003c")
        .replace(">", "\\u003e")
        .replace("\u2028", "\\u2028")
        .replace("\u2029", "\\u2029")
    )
