"""A measured run as a page shows it: what it is, why it took so long, and a tab per question."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import pandas as pd
import streamlit as st

from core.analysis.cost import cost_metrics
from core.analysis.effective import effective_differences, settings
from core.plots.charts import Chart, Topic
from core.results.format import show_time
from core.results.metrics import METRICS, Metric
from core.results.naming import long_name
from core.results.passes import passes_in_words
from core.results.types import Grade, RunResult
from core.variants.weights import NO_TEXT, Weights
from pages.widgets import past_runs, price_state
from pages.widgets.baseline_line import draw_baseline_line
from pages.widgets.chart_view import charts_of, draw_charts
from pages.widgets.cost_view import draw_cost
from pages.widgets.economics_view import draw_economics
from pages.widgets.layout import ASK_OTHERS, COMPARE, escape, link_to, verbatim
from pages.widgets.memory_view import draw_memory, draw_modules
from pages.widgets.metric_cards import (
    COST_GROUPS,
    MEMORY_GROUPS,
    draw_groups,
    draw_headline,
    groups_of_time,
)
from pages.widgets.open_tab import draw_open_tab
from pages.widgets.quality_view import draw_quality, missing_sentence
from pages.widgets.why_view import draw_roofline, draw_why

WHAT_TRUST_IS = "A: nothing speaks against the numbers. B and C: see the reasons."
RESULT_TABS = "result_tabs"
DIFFERS = ":orange-badge[:material/difference: differs]"
RANDOM = ":violet-badge[:material/casino: random weights]"
COLOURS = {Grade.A: "green", Grade.B: "orange", Grade.C: "red"}


@dataclass(frozen=True)
class Shown:
    """A result with what it is shown against."""

    result: RunResult
    baseline: RunResult | None
    costs: Sequence[Metric]
    charts: Sequence[Chart]

    def of(self, topic: Topic) -> list[Chart]:
        """The plots of one topic."""
        return [chart for chart in self.charts if chart.topic is topic]


def draw_result(result: RunResult) -> None:
    """Everything that a person reads of one run; of the tabs only the open one is drawn."""
    baseline = past_runs.baseline(result.spec.variant.model)
    other = baseline if baseline and baseline.run_id != result.run_id else None
    costs = cost_metrics(price_state.price_of())
    shown = Shown(result, other, costs, charts_of(result, other))
    _heading(result)
    draw_why(result)
    _doubts(result)
    draw_baseline_line(result, baseline)
    link_to(COMPARE, ASK_OTHERS, ":material/swap_horiz:", of=result.run_id)
    draw_headline(result, other, (*METRICS, *costs))
    if result.quality is None:
        st.caption(escape(missing_sentence(result)))
    _draw_tabs(shown, price_state.changed_prices())


@st.fragment
def _draw_tabs(shown: Shown, prices: Mapping[str, float]) -> None:
    """The open tab alone; a price that is changed in it changes the cards above as well."""
    if price_state.changed_prices() != prices:
        st.rerun()
    draw_open_tab({name: partial(draw, shown) for name, draw in TABS.items()}, RESULT_TABS)


def _heading(result: RunResult) -> None:
    grade = result.trust.grade
    random = f" {RANDOM}" if result.spec.variant.weights is Weights.RANDOM else ""
    st.markdown(
        f"#### {escape(long_name(result.spec))}  :{COLOURS[grade]}-badge[Trust {grade}]{random}",
        help=WHAT_TRUST_IS,
    )
    name = result.environment.host_name
    there = f" · on {escape(name)}" if name else ""
    st.caption(f"{result.run_id} · {show_time(result.finished_at)}{there}")


def _doubts(result: RunResult) -> None:
    """What lowers the grade of trust, and what did not run as it was asked."""
    if result.trust.reasons:
        st.caption("\n".join(f"- {escape(reason)}" for reason in result.trust.reasons))
    if result.environment.tried_before:
        st.caption(escape(result.environment.tried_before))
    for difference in effective_differences(result):
        st.warning(escape(difference), icon=":material/difference:")


def _time(shown: Shown) -> None:
    draw_groups(shown.result, shown.baseline, groups_of_time())
    st.caption(escape(" ".join(passes_in_words(shown.result))))
    draw_roofline(shown.result, shown.baseline)
    draw_charts(shown.of(Topic.TIME))


def _memory(shown: Shown) -> None:
    draw_groups(shown.result, shown.baseline, MEMORY_GROUPS)
    draw_charts(shown.of(Topic.MEMORY))
    draw_memory(shown.result)
    draw_modules(shown.result)


def _cost(shown: Shown) -> None:
    draw_cost(shown.result, shown.baseline, shown.costs)
    draw_economics(shown.result)
    draw_groups(shown.result, shown.baseline, COST_GROUPS)
    draw_charts(shown.of(Topic.COST))


def _quality(shown: Shown) -> None:
    draw_quality(shown.result, shown.baseline)


def _text(shown: Shown) -> None:
    output, spec = shown.result.output, shown.result.spec
    new = ", ".join(str(count) for count in sorted(set(output.new_tokens)))
    rows = len(output.new_tokens)
    random = spec.variant.weights is Weights.RANDOM
    which = f" The first of {rows} rows." if rows > 1 and not random else ""
    st.caption(f"{output.prompt_tokens} prompt tokens, {new} new ones.{which}")
    if shown.result.effective.tokenizer:
        st.caption(f"The prompt was counted with {escape(shown.result.effective.tokenizer)}.")
    if random:
        st.caption(NO_TEXT)
    else:
        verbatim(output.text)


def _settings(shown: Shown) -> None:
    """What was asked beside what ran, as read off the loaded model."""
    rows = [
        (s.name, escape(s.requested), escape(s.effective), DIFFERS if s.differs else "")
        for s in settings(shown.result)
    ]
    columns = ["Setting", "Requested", "Effective", "As asked?"]
    st.table(pd.DataFrame(rows, columns=columns).set_index("Setting"))


TABS: dict[str, Callable[[Shown], None]] = {
    "Time": _time,
    "Memory": _memory,
    "Cost": _cost,
    "Quality": _quality,
    "Text": _text,
    "Settings": _settings,
}
