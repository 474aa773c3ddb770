"""The way to Present from a page that has runs beside each other."""

from core.analysis.savings.comparable import refusals
from core.results.types import RunResult
from pages.widgets import past_runs
from pages.widgets.layout import link_to

PRESENT = "pages/present.py"
LABEL, ICON = "What it saves per month", ":material/payments:"


def link_to_savings(today: RunResult, then: RunResult | None) -> None:
    """A link to what `then` saves over `today`; without it Present proposes what to set against."""
    other = {} if then is None or then.run_id == today.run_id else {"to": then.run_id}
    link_to(PRESENT, LABEL, ICON, **{"from": today.run_id, **other})


def link_to_savings_over_baseline(then: RunResult) -> None:
    """The same over the model's baseline; where the two cannot be set against each other, what the
    run costs, and what would be cheaper.
    """
    baseline = past_runs.baseline(then.spec.variant.model)
    if baseline is None or refusals(baseline, then):
        link_to_savings(then, None)
    else:
        link_to_savings(baseline, then)
