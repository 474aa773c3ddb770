"""A measured run as a page shows it: numbers against the baseline, plots, text, settings, trust."""

from collections.abc import Sequence
from itertools import zip_longest

import pandas as pd
import streamlit as st

from core.analysis.baseline import Delta, delta, workload_differences
from core.analysis.cost import HIGHEST_PRICE, cost_metrics
from core.analysis.effective import effective_differences, settings
from core.plots.charts import Chart, charts
from core.results.format import show, show_time
from core.results.measured import Quality
from core.results.metrics import METRICS
from core.results.naming import long_name
from core.results.types import Grade, RunResult
from core.variants.models import catalogue
from core.variants.weights import NO_TEXT, Weights
from pages.widgets import past_runs, state
from pages.widgets.layout import escape, verbatim
from pages.widgets.metric_cards import WIDE_CARD_PIXELS, draw_card, draw_cards

DIFFERS = ":orange-badge[:material/difference: differs]"
COLOURS = {Grade.A: "green", Grade.B: "orange", Grade.C: "red"}


def draw_result(result: RunResult) -> None:
    """Everything that a person reads of one run."""
    baseline = past_runs.baseline(result.spec.variant.model)
    other = baseline if baseline and baseline.run_id != result.run_id else None
    costs = cost_metrics(state.price_of())
    _heading(result)
    _baseline_line(result, baseline)
    unlike = workload_differences(result, other) if other else ()
    if unlike:
        st.caption(f":material/warning: Not like with like: {escape('; '.join(unlike))}.")
    draw_cards(result, other, METRICS)
    _quality_note(result)
    _cost(result, [delta(metric, result, other) for metric in costs])
    _text(result)
    _plots(charts(result, other, costs))
    _settings(result)


def _heading(result: RunResult) -> None:
    grade = result.trust.grade
    st.markdown(
        f"#### {escape(long_name(result.spec))}  :{COLOURS[grade]}-badge[Trust {grade}]",
        help="A: nothing speaks against the numbers. B and C: see the reasons.",
    )
    st.caption(f"{result.run_id} · {show_time(result.finished_at)}")
    if result.trust.reasons:
        st.caption("\n".join(f"- {escape(reason)}" for reason in result.trust.reasons))
    for difference in effective_differences(result):
        st.warning(escape(difference), icon=":material/difference:")


def _baseline_line(result: RunResult, baseline: RunResult | None) -> None:
    model = result.spec.variant.model
    pinned = past_runs.is_pinned(model)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(_baseline_sentence(result, baseline, pinned))
        if baseline is None or baseline.run_id != result.run_id or not pinned:
            st.button(
                "Pin as baseline",
                key="pin_baseline",
                icon=":material/keep:",
                on_click=past_runs.pin,
                args=(model, result.run_id),
            )
        if pinned:
            st.button(
                "Unpin",
                key="unpin_baseline",
                on_click=past_runs.unpin,
                args=(model,),
            )
    notice = state.take_notice("baseline")
    if notice:
        st.error(escape(notice), icon=":material/error:")


def _baseline_sentence(result: RunResult, baseline: RunResult | None, pinned: bool) -> str:
    if baseline is None:
        return "No baseline yet: the first fp32 run of this model becomes it, or pin this run."
    how = "pinned" if pinned else "the first fp32 run of this model"
    if baseline.run_id == result.run_id:
        return f"This run is the baseline ({how}), so nothing is compared."
    return f"Compared with {escape(long_name(baseline.spec))}, {baseline.run_id} ({how})."


def _cost(result: RunResult, changes: Sequence[Delta]) -> None:
    default = state.table_price(result)
    st.markdown("**Cost**")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.number_input(
            "Price per hour, US dollars",
            min_value=0.0,
            max_value=HIGHEST_PRICE,
            value=default.usd_per_hour,
            step=0.01,
            format="%.4f",
            key=state.price_field(result.spec.variant.device),
            persist_state="session",
            width=210,
            help="Your price of the machine: cost is derived from it when shown, never stored.",
        )
        for change in changes:
            draw_card(change, WIDE_CARD_PIXELS)
    starting = f"{show(default.usd_per_hour, 'USD')} per hour: {default.label}, {default.as_of}"
    st.caption(f"The price table has for this device {escape(starting)}.")


def _quality_note(result: RunResult) -> None:
    model = catalogue().get(result.spec.variant.model)
    if result.quality is None:
        st.caption(f"No quality: {escape(result.quality_missing or 'not measured')}.")
        return
    st.caption(quality_sentence(result.quality))
    if model:
        st.caption(model.summary)


def quality_sentence(quality: Quality) -> str:
    """What quality rests on, and what it took or has taken."""
    when = "measured for an earlier run" if quality.from_cache else "measured"
    took = "" if quality.seconds is None else f" in {show(quality.seconds, 's')}"
    return f"Quality is that of {quality.tokens:,} tokens of fixed text, {when}{took}."


def _text(result: RunResult) -> None:
    st.markdown("**Generated text**")
    new = ", ".join(str(count) for count in sorted(set(result.output.new_tokens)))
    rows = len(result.output.new_tokens)
    random = result.spec.variant.weights is Weights.RANDOM
    which = f" The first of {rows} rows." if rows > 1 and not random else ""
    st.caption(f"{result.output.prompt_tokens} prompt tokens, {new} new ones.{which}")
    if result.effective.tokenizer:
        st.caption(f"The prompt was counted with {escape(result.effective.tokenizer)}.")
    if random:
        st.caption(NO_TEXT)
    else:
        verbatim(result.output.text)


def _plots(drawn: Sequence[Chart]) -> None:
    for pair in zip_longest(drawn[::2], drawn[1::2]):
        for column, chart in zip(st.columns(2), pair, strict=True):
            if chart is not None:
                with column:
                    st.markdown(f"**{chart.title}**  \n{escape(chart.takeaway)}")
                    key = f"plot_{chart.title}"
                    st.plotly_chart(chart.figure, key=key, config={"displayModeBar": False})


def _settings(result: RunResult) -> None:
    st.markdown("**Requested and effective settings**")
    rows = [
        (s.name, s.requested, s.effective, DIFFERS if s.differs else "") for s in settings(result)
    ]
    columns = ["Setting", "Requested", "Effective", "As asked?"]
    st.table(pd.DataFrame(rows, columns=columns).set_index("Setting"))
