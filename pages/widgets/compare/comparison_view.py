"""Stored runs beside each other: what they are, in what they differ, every metric, and plots."""

from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st

from core.analysis.comparing.comparison import Cell, MetricRow, Told, compare, reference_choices
from core.analysis.comparing.comparison_csv import comparison_csv
from core.analysis.comparing.differing import (
    Origin,
    SettingRow,
    differing_settings,
    distinct_names,
    doubts,
    warnings,
)
from core.analysis.cost import cost_metrics
from core.analysis.roofline import ROOFLINE_METRICS
from core.plots.charts import Chart
from core.results.format import show, show_change, show_time
from core.results.metrics import METRICS, Metric
from core.results.naming import long_name
from core.results.types import RunResult
from pages.widgets import mode_state, past_runs, price_state
from pages.widgets.chart_view import draw_charts, overlays_of
from pages.widgets.compare import compare_state
from pages.widgets.layout import HISTORY, escape, link_to
from pages.widgets.links.keyed_state import note_usual
from pages.widgets.metric_list import defined_name
from pages.widgets.number_table import draw_number_table
from pages.widgets.open_tab import draw_open_tab
from pages.widgets.present.ways_here import link_to_savings

IN_CELLS = ("e2e_low_s", "e2e_high_s")  # the interval stands beside the end-to-end time
NO_BREAK_SPACE = "\u00a0"
ORIGINS = {Origin.ASKED: "asked", Origin.RAN: "what ran", Origin.MACHINE: "machine"}
TOLD = {
    Told.REFERENCE: ":gray[reference]",
    Told.BETTER: ":green[{change}better]",
    Told.WORSE: ":red[{change}worse]",
    Told.OTHER: "{change}",
    Told.ALIKE: ":gray[alike]",
    Told.OVERLAP: ":gray[{change}cannot be told apart]",
    Told.NO_INTERVAL: ":gray[{change}no interval]",
    Told.UNKNOWN: "",
}
LEGEND = (
    "In brackets the 95 % interval of the median, where there are samples enough. Where two "
    "intervals overlap the runs cannot be told apart; a time without an interval is not judged. "
    "The runs were measured at different times: to be sure of a small difference, measure the "
    "two in turns under A/B."
)


def draw_comparison(results: Sequence[RunResult]) -> None:
    """Everything that can be told of these runs against one of them."""
    names = distinct_names([result.spec for result in results])
    for sentence in warnings(results):
        st.warning(escape(sentence), icon=":material/warning:")
    _runs(results, names)
    settings = differing_settings(results)
    _settings(settings, names)
    reference = _reference(results, names)
    rows = compare(results, reference, all_metrics())
    st.markdown("###### All metrics")
    draw_metrics(frame_of(rows, names))
    st.caption(LEGEND)
    others = [result for result in results if result.run_id != reference.run_id]
    link_to_savings(reference, others[0] if len(others) == 1 else None)
    st.download_button(
        "CSV",
        data=comparison_csv(results, settings, rows).encode(),
        file_name=mode_state.file_name("comparison.csv"),
        mime="text/csv",
        key="comparison_csv",
        icon=":material/download:",
        help="The two tables above, settings and metrics, as a file for a spreadsheet.",
        on_click="ignore",
    )
    st.markdown("###### Plots")
    _draw_plots(overlays_of(dict(zip(names, results, strict=True))))


@st.fragment
def _draw_plots(charts: Sequence[Chart]) -> None:
    draws = {title: partial(_draw_plot, charts, title) for title in compare_state.PLOTS}
    draw_open_tab(draws, compare_state.PLOTS_TAB)


def _draw_plot(charts: Sequence[Chart], title: str) -> None:
    shown = [chart for chart in charts if chart.title == title]
    draw_charts(shown) if shown else st.caption("Nothing of this was measured.")


def all_metrics() -> tuple[Metric, ...]:
    """The table's rows, at this session's prices."""
    measured = tuple(metric for metric in METRICS if metric.key not in IN_CELLS)
    return (*measured, *ROOFLINE_METRICS, *cost_metrics(price_state.price_of()))


def frame_of(rows: Sequence[MetricRow], names: Sequence[str]) -> pd.DataFrame:
    """A line per metric, a column per run; the number comes last, so that aligned right the numbers
    of a column line up.
    """
    columns = [escape(name) for name in names]
    lines = [[_cell(row.metric, cell) for cell in row.cells] for row in rows]
    index = pd.Index([defined_name(row.metric) for row in rows], name="Metric")
    return pd.DataFrame(lines, columns=columns, index=index)


def draw_metrics(frame: pd.DataFrame) -> None:
    """The lines of `frame_of`, and any added to them; the numbers stand below each other."""
    draw_number_table(frame, [*frame.columns], hide_index=False)


def _cell(metric: Metric, cell: Cell) -> str:
    value = show(cell.value, metric.unit)
    change = "" if cell.relative is None else f"{escape(show_change(cell.relative))} "
    ends = ""
    if cell.interval:
        low, high = (show(end, metric.unit) for end in (cell.interval.low, cell.interval.high))
        ends = f" :small[({_unbroken(f'{low} to {high}')})]"
    return f"{TOLD[cell.told].format(change=change)}{ends} **{_unbroken(value)}**".strip()


def _unbroken(text: str) -> str:
    """A number with its unit in one line, where the table is narrow."""
    return escape(text).replace(" ", NO_BREAK_SPACE)


def _runs(results: Sequence[RunResult], names: Sequence[str]) -> None:
    """What each run is, how far it can be trusted, and why not further."""
    lines = [
        (
            escape(name),
            escape(long_name(result.spec)),
            str(result.trust.grade),
            escape(" ".join(doubts(result))),
            show_time(result.finished_at),
        )
        for name, result in zip(names, results, strict=True)
    ]
    columns = ["Run", "What", "Trust", "Doubts", "Measured"]
    st.table(pd.DataFrame(lines, columns=columns).set_index("Run"))
    with st.container(horizontal=True):
        for name, result in zip(names, results, strict=True):
            link_to(HISTORY, f"Open {escape(name)}", run=result.run_id)


def _settings(rows: Sequence[SettingRow], names: Sequence[str]) -> None:
    st.markdown("###### In what they differ")
    if not rows:
        st.caption("In no setting: the same was asked, and the same ran, on the same machine.")
        return
    lines = [[ORIGINS[row.origin], *(escape(text) for text in row.values)] for row in rows]
    index = pd.Index([escape(row.name) for row in rows], name="Setting")
    columns = ["read from", *(escape(name) for name in names)]
    st.table(pd.DataFrame(lines, columns=columns, index=index))


def _reference(results: Sequence[RunResult], names: Sequence[str]) -> RunResult:
    """What the others are compared with: the first, another, or the model's baseline."""
    baseline = past_runs.baseline(results[0].spec.variant.model)
    choices = reference_choices(results, names, baseline)
    note_usual(compare_state.AGAINST, next(iter(choices)))
    chosen = st.selectbox(
        "Compared with",
        [*choices],
        format_func=lambda run_id: choices[run_id][0],
        key=compare_state.AGAINST,
        width=420,
        help="The run that the changes in the table are against; it need not be the first, and "
        "may be the model's baseline.",
    )
    return choices[chosen or results[0].run_id][1]
