"""A measured run as a page shows it: numbers against the baseline, plots, text, settings, trust."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.analysis.baseline import workload_differences
from core.analysis.cost import cost_metrics
from core.analysis.effective import effective_differences, settings
from core.plots import cost, latency_by_phase, memory_by_part, token_latency
from core.results.format import show_time
from core.results.metrics import METRICS, Metric
from core.results.naming import long_name
from core.results.types import Grade, RunResult
from core.variants.models import catalogue
from pages.widgets import state
from pages.widgets.layout import escape, verbatim
from pages.widgets.metric_cards import draw_cards

COLOURS = {Grade.A: "green", Grade.B: "orange", Grade.C: "red"}
THIS, BASELINE = "this run", "baseline"


def draw_result(result: RunResult) -> None:
    """Everything that a person reads of one run."""
    baseline = state.manager().history.baseline(result.spec.variant.model)
    other = baseline if baseline and baseline.run_id != result.run_id else None
    _heading(result)
    _baseline_line(result, baseline)
    unlike = workload_differences(result, other) if other else ()
    if unlike:
        st.caption(f":material/warning: Not like with like: {escape('; '.join(unlike))}.")
    costs = cost_metrics(_price(result))
    draw_cards(result, other, (*METRICS, *costs))
    _quality_note(result)
    st.markdown("###### Generated text")
    verbatim(result.output.text)
    _plots(result, other, costs)
    _settings(result)


def _heading(result: RunResult) -> None:
    grade = result.trust.grade
    st.markdown(
        f"#### {escape(long_name(result.spec))}  :{COLOURS[grade]}-badge[Trust {grade}]",
        help="A: nothing speaks against the numbers. B and C: see the reasons.",
    )
    st.caption(f"{result.run_id} · {show_time(result.finished_at)}")
    for reason in result.trust.reasons:
        st.markdown(f":{COLOURS[grade]}[:material/info: {escape(reason)}]")
    for difference in effective_differences(result):
        st.warning(escape(difference), icon=":material/difference:")


def _baseline_line(result: RunResult, baseline: RunResult | None) -> None:
    model = result.spec.variant.model
    pinned = state.manager().history.pinned_baseline(model) is not None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(_baseline_sentence(result, baseline, pinned))
        if baseline is None or baseline.run_id != result.run_id or not pinned:
            st.button(
                "Pin as baseline",
                key="pin_baseline",
                icon=":material/keep:",
                on_click=state.pin,
                args=(model, result.run_id),
            )
        if pinned:
            st.button(
                "Unpin",
                key="unpin_baseline",
                on_click=state.unpin,
                args=(model,),
            )


def _baseline_sentence(result: RunResult, baseline: RunResult | None, pinned: bool) -> str:
    if baseline is None:
        return "No baseline yet: the first fp32 run of this model becomes it, or pin this run."
    how = "pinned" if pinned else "the first fp32 run of this model"
    if baseline.run_id == result.run_id:
        return f"This run is the baseline ({how}), so nothing is compared."
    return f"Compared with {escape(long_name(baseline.spec))}, {baseline.run_id} ({how})."


def _price(result: RunResult) -> float:
    default = state.start_price(result.spec.variant.device)
    return float(
        st.number_input(
            "Price per hour, US dollars",
            min_value=0.0,
            max_value=1e6,
            step=0.01,
            format="%.4f",
            key=state.PRICE,
            persist_state="session",
            width=260,
            help=f"What the machine costs. Starts at {default.label}, as of {default.as_of}; "
            "cost is derived from it when shown and never stored.",
        )
    )


def _quality_note(result: RunResult) -> None:
    model = catalogue().get(result.spec.variant.model)
    if result.quality is None:
        st.caption(f"No quality: {escape(result.quality_missing or 'not measured')}.")
    elif model:
        st.caption(model.summary)


def _plots(result: RunResult, baseline: RunResult | None, costs: Sequence[Metric]) -> None:
    runs = {THIS: result, **({BASELINE: baseline} if baseline else {})}
    charts = {
        "Latency by phase": (
            latency_by_phase.takeaway(result, baseline),
            latency_by_phase.figure(runs),
        ),
        "Latency per token": (
            token_latency.takeaway(result),
            token_latency.figure(result, baseline),
        ),
        "Memory by part": (
            memory_by_part.takeaway(result, baseline),
            memory_by_part.figure(runs),
        ),
        "Cost": (cost.takeaway(result, baseline, costs), cost.figure(runs, costs)),
        "Paid once": (
            latency_by_phase.once_takeaway(result),
            latency_by_phase.once_figure(runs),
        ),
    }
    columns = st.columns(2)
    for number, (title, (takeaway, figure)) in enumerate(charts.items()):
        with columns[number % 2]:
            st.markdown(f"###### {title}")
            st.markdown(escape(takeaway))
            st.plotly_chart(figure, key=f"plot_{number}", config={"displayModeBar": False})


def _settings(result: RunResult) -> None:
    st.markdown("###### Requested and effective settings")
    rows = [(s.name, s.requested, s.effective) for s in settings(result)]
    st.table(pd.DataFrame(rows, columns=["Setting", "Requested", "Effective"]).set_index("Setting"))
