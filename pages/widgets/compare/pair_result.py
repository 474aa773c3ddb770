"""What was decided of a pair: the verdict, every ratio, the pairs in their order, both texts."""

import pandas as pd
import streamlit as st

from core.analysis.comparing.ab import Comparison, judge
from core.analysis.comparing.differing import asked_differently, doubts, warnings
from core.analysis.comparing.ratio_rows import RatioRow, in_words, pair_ratios, ratio_rows
from core.analysis.cost import cost_metrics
from core.analysis.roofline import ROOFLINE_METRICS
from core.harmless import harmless
from core.plots import ratios
from core.plots.charts import Chart, Topic
from core.results.format import show
from core.results.metrics import METRICS
from core.results.naming import long_name
from core.results.reproduce import pair_command_line
from core.results.types import RunResult, Stopped
from core.variants.weights import NO_TEXT
from pages.widgets import price_state
from pages.widgets.chart_view import draw_charts
from pages.widgets.compare import pair_state
from pages.widgets.compare.marked_text import draw_marked
from pages.widgets.layout import HISTORY, escape, link_to
from pages.widgets.metric_list import defined_name
from pages.widgets.number_table import draw_number_table
from pages.widgets.present.ways_here import link_to_savings
from pages.widgets.result_view import COLOURS, WHAT_TRUST_IS

PLOTTED = (
    "e2e_s", "ttft_s", "tpot_s", "output_tokens_per_s", "peak_bytes", "weights_bytes",
    "joules_per_token", "perplexity", "usd_per_million_tokens",
)  # fmt: skip
STOPPED = {
    Stopped.DECIDED: "stopped early: the difference is decided",
    Stopped.EQUIVALENT: "stopped early: a difference that matters is excluded",
    Stopped.MOST_PAIRS: "stopped at the most pairs",
}
TOLD = {True: ":green[better]", False: ":red[worse]", None: ":gray[undecided]"}
METHOD = (
    "Both variants were in memory at once and generated in turns, in the order A B B A, each "
    "engine in a process of its own, so that a drift of the machine's speed slows both alike. "
    "Each pair gives one ratio B / A of the time without instruments. The pairs are looked at "
    "several times, and measuring stops as soon as the interval leaves out 1, or leaves out every "
    "change that matters. The intervals are wide enough that all looks together err in at most "
    "one of a hundred comparisons."
)


def draw_judged(a: RunResult, b: RunResult) -> None:
    """Everything that can be said of B against A."""
    found = judge(a, b)
    st.markdown(f"### {escape(found.verdict)}")
    _facts(a, b, found)
    for sentence in warnings([a, b]):
        st.warning(escape(sentence), icon=":material/warning:")
    rows = ratio_rows(
        found.ratio, (*METRICS, *ROOFLINE_METRICS, *cost_metrics(price_state.price_of()))
    )
    draw_charts(_charts(a, b, rows))
    _texts(a, b, found)
    st.markdown("###### Every ratio, B / A")
    _table(rows, a, b)
    _again(a, b, found)


def _facts(a: RunResult, b: RunResult, found: Comparison) -> None:
    """Which two, how they were measured, how far they can be trusted, and the way to each."""
    for side, result in (("A", a), ("B", b)):
        grade = result.trust.grade
        name = f"**{side}** {escape(long_name(result.spec))}"
        st.markdown(f"{name}  :{COLOURS[grade]}-badge[Trust {grade}]", help=WHAT_TRUST_IS)
        said = doubts(result)
        if said:
            st.caption("\n".join(f"- {escape(reason)}" for reason in said))
    with st.container(horizontal=True, vertical_alignment="center"):
        if found.pairs is not None and found.stopped is not None:
            st.caption(f"{found.pairs} pairs, {STOPPED[found.stopped]}.")
        how = "How the two took turns, and when measuring stopped."
        with st.popover("How this was measured", type="tertiary", help=how):
            st.markdown(METHOD)
        link_to(HISTORY, "Open A", run=a.run_id)
        link_to(HISTORY, "Open B", run=b.run_id)
        link_to_savings(a, b)


def _charts(a: RunResult, b: RunResult, rows: list[RatioRow]) -> list[Chart]:
    """The ratios around 1, and each pair's."""
    effect = pair_state.effect_of(a)
    shown = [row for row in rows if row.metric.key in PLOTTED]
    drawn = ratios.figure(shown, effect)
    charts = [Chart(Topic.TIME, "B against A", ratios.takeaway(shown), drawn)]
    pairs = pair_ratios(a, b)
    whole = next((row for row in rows if row.metric.key == "e2e_s"), None)
    if pairs and whole:
        words = ratios.pairs_takeaway(pairs, effect)
        scatter = ratios.pairs_figure(pairs, whole, effect)
        charts.append(Chart(Topic.TIME, "Each pair's end-to-end time", words, scatter))
    return charts


def _texts(a: RunResult, b: RunResult, found: Comparison) -> None:
    """Both texts, what differs marked; or why there is none to show."""
    st.markdown("###### What they wrote")
    st.caption(escape(_agreement(found)))
    for column, side, result in zip(st.columns(2, gap="medium"), "AB", (a, b), strict=True):
        with column, st.container(border=True):
            st.markdown(f"**{side}**")
            if not result.output.text:
                st.caption(NO_TEXT)
            else:
                tokens = result.output.token_texts or (result.output.text,)
                draw_marked(tokens, found.differing if result.output.token_texts else ())


def _agreement(found: Comparison) -> str:
    if found.agreement is None:
        return f"Not compared: {found.no_agreement or 'the tokens are not known'}."
    if found.first_difference is None:
        return "The same tokens throughout."
    first, count = found.first_difference + 1, len(found.differing)
    return (
        f"Tokens that differ: {count}; the first difference is token {first}. After it the two "
        "continue different texts."
    )


def _table(rows: list[RatioRow], a: RunResult, b: RunResult) -> None:
    lines = [
        (
            escape(show(row.metric.read(a), row.metric.unit)),
            escape(show(row.metric.read(b), row.metric.unit)),
            escape(in_words(row)),
            ":gray[the same]" if row.alike else TOLD[row.better],
        )
        for row in rows
    ]
    index = pd.Index([defined_name(row.metric) for row in rows], name="Metric")
    frame = pd.DataFrame(lines, columns=["A", "B", "B / A", "B is"], index=index)
    draw_number_table(frame, ["A", "B", "B / A"], hide_index=False)


def _again(a: RunResult, b: RunResult, found: Comparison) -> None:
    """The command that measures it again, and the way to go on where it is not decided."""
    st.markdown("###### Measure it again")
    changed = [f"{row.name} {row.values[1]}" for row in asked_differently([a.spec, b.spec])]
    st.caption(f"B changes: {escape(', '.join(changed) or 'nothing')}.")
    plan = pair_state.plan_of(a, found.more_pairs)
    st.button(
        f"Set it up again, with up to {plan.most_pairs} pairs",
        key="again",
        icon=":material/replay:",
        on_click=pair_state.set_up_again,
        args=(a, b.spec, plan),
        help="Sets the controls to this very A/B; nothing is measured before you press Start.",
    )
    st.code(harmless(pair_command_line(a.spec, b.spec, plan)), language="bash", wrap_lines=True)
