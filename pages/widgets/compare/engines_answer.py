"""What the engines did: progress, all of them side by side, each under its own bound."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.analysis.comparing.comparison import MetricRow, compare
from core.analysis.comparing.engines import EngineBound, bounds_of
from core.analysis.cost import cost_metrics
from core.analysis.roofline import ROOFLINE_METRICS
from core.experiments.sweeps.cells import CellState
from core.experiments.sweeps.sweep_picture import SweepPicture
from core.plots import engines as engines_plot
from core.plots.charts import Chart, Topic
from core.results.format import DASH
from core.results.metrics import BY_KEY, Metric
from core.results.naming import variant_name
from core.results.types import RunResult
from core.variants.engine_offer import engine_offers
from pages.widgets import price_state, state
from pages.widgets.chart_view import draw_charts
from pages.widgets.compare import engines_state
from pages.widgets.compare.comparison_view import LEGEND, draw_metrics, frame_of
from pages.widgets.engines_view import draw_how_to_get
from pages.widgets.layout import HISTORY, error_boundary, escape, link_to
from pages.widgets.quality_view import missing_sentence
from pages.widgets.result_view import WHAT_TRUST_IS
from pages.widgets.sweep import sweep_state
from pages.widgets.sweep.sweep_progress import draw_sweep_progress

SHOWN = (
    "ttft_s", "network_round_trip_s", "tpot_s", "itl_p95_s", "e2e_s", "output_tokens_per_s",
    "weights_bytes", "peak_bytes", "perplexity_ratio",
)  # fmt: skip
COSTS = ("usd_per_million_tokens",)
BOUND_BY = (
    "Bound by tells what decides an engine's time: reading weights and cache (bandwidth), "
    "arithmetic (compute), or neither (overhead)."
)
BOUNDS = ("speed_of_light_s", "times_slower", "mbu")


def draw_answer(experiment_id: str) -> None:
    """One question in whatever state it is."""
    st.button(
        "Ask about another run", key="engines_close", icon=":material/arrow_back:",
        on_click=engines_state.close, help="Goes back to the question; this answer stays stored.",
    )  # fmt: skip
    picture = sweep_state.picture(experiment_id)
    if picture is None:
        st.warning(f"There is no such question {escape(experiment_id)} in this history.")
        return
    draw_sweep_progress(picture)
    for part in (_measured, _others):
        with error_boundary():
            part(picture)


def _measured(picture: SweepPicture) -> None:
    results = _results(picture)
    if len(results) < 2:
        st.caption("Two measured engines are compared here as soon as they are there.")
        return
    names = _names(results)
    rows = compare(results, results[0], _metrics())
    bounds = dict(zip(names, bounds_of(results), strict=True))
    e2e = next(row for row in rows if row.metric.key == "e2e_s")
    words = engines_plot.takeaway(bounds, e2e, names[0])
    chart = Chart(Topic.TIME, "Time per token, and its bound", words, engines_plot.figure(bounds))
    draw_charts([chart])
    draw_metrics(_frame(rows, names, list(bounds.values())))
    st.caption(f"{LEGEND} {BOUND_BY}")
    _each(bounds)


def _metrics() -> list[Metric]:
    costs = [metric for metric in cost_metrics(price_state.price_of()) if metric.key in COSTS]
    bounds = [metric for metric in ROOFLINE_METRICS if metric.key in BOUNDS]
    return [*(BY_KEY[key] for key in SHOWN), *costs, *bounds]


def _frame(
    rows: Sequence[MetricRow], names: Sequence[str], bounds: Sequence[EngineBound]
) -> pd.DataFrame:
    """The metrics, and in a last row what bounds each."""
    frame = frame_of(rows, names)
    frame.loc["Bound by"] = [str(one.bound) if one.bound else DASH for one in bounds]
    return frame


def _each(bounds: dict[str, EngineBound]) -> None:
    """The why line of each, with the way to its run, and what is not known of it."""
    for name, one in bounds.items():
        with st.container(border=True, gap="xxsmall"):
            grade = one.result.trust.grade
            st.markdown(f"**{escape(name)}** :small[Trust {grade}]", help=WHAT_TRUST_IS)
            st.markdown(escape(one.why))
            if one.result.quality is None:
                st.caption(escape(missing_sentence(one.result)))
            if one.result.trust.reasons:
                st.caption(escape(" ".join(one.result.trust.reasons)))
            link_to(HISTORY, "Open this run", run=one.result.run_id)


def _others(picture: SweepPicture) -> None:
    """Who failed and why, and which engines are not there."""
    for cell in picture.cells:
        if cell.state in (CellState.FAILED, CellState.SKIPPED):
            name = variant_name(cell.spec.variant)
            st.warning(f"**{escape(name)}** {escape(cell.reason)}", icon=":material/error:")
    for unable in picture.prepared.cells.impossible:
        reasons = " ".join(str(reason) for reason in unable.reasons)
        st.warning(escape(f"{unable.values.get('engine', '')}: {reasons}"), icon=":material/block:")
    environment = state.environment()
    for offer in engine_offers(environment, environment.devices[0]):
        if not offer.support.usable:
            with st.container(gap="xxsmall"):
                st.markdown(f"**{offer.label}** :gray-badge[:material/download: not there]")
                draw_how_to_get(offer)


def _results(picture: SweepPicture) -> list[RunResult]:
    """What was measured, in the order in which it was asked: the source first."""
    ids = {cell.spec.id: cell.run_id for cell in picture.cells if cell.run_id}
    wanted = [ids[spec.id] for spec in picture.prepared.cells.cells if spec.id in ids]
    found = {run.run_id: run.outcome for run in state.manager().history.in_full(wanted).runs}
    outcomes = [found.get(run_id) for run_id in wanted]
    return [outcome for outcome in outcomes if isinstance(outcome, RunResult)]


def _names(results: Sequence[RunResult]) -> list[str]:
    """The variants' names; their places too where two are alike."""
    names = [variant_name(result.spec.variant) for result in results]
    if len(set(names)) == len(names):
        return names
    return [f"{place} {name}" for place, name in enumerate(names, start=1)]
