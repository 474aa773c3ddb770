"""What a sweep has found so far: the heat map, the Pareto set, the cells, and ways onward."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core.analysis.deciding.asking.words import KNOWN
from core.analysis.deciding.pareto import summary
from core.analysis.history_csv import history_csv
from core.analysis.squares import EVERYTHING, planes
from core.experiments.sweeps.cells import Cell
from core.experiments.sweeps.judging import known_objectives
from core.experiments.sweeps.squares import spots_of
from core.experiments.sweeps.sweep_picture import SweepPicture
from core.plots import heat_map
from core.plots import pareto as pareto_plot
from core.results.format import DASH
from core.results.history import History
from core.results.naming import name_among
from pages.widgets import mode_state, price_state, state
from pages.widgets.decide import decide_state
from pages.widgets.decide.decide_scope import SCOPE, draw_machines
from pages.widgets.decide.pareto_view import clicked_run
from pages.widgets.fields import LABELS
from pages.widgets.layout import DECIDE, HISTORY, escape, link_to
from pages.widgets.links.across_state import carried
from pages.widgets.links.keyed_state import note_usual
from pages.widgets.metric_list import explained, explained_columns
from pages.widgets.sweep import sweep_state

PLAIN = {"displayModeBar": False}
MOST_PANELS = 6
CHOICES = {
    "sweep_metric": (
        "Metric",
        "What the colours show; the sentence below has its definition.",
    ),
    "sweep_across": ("Across", "The lever whose values are the columns."),
    "sweep_up": ("Up", "The lever whose values are the rows."),
    "sweep_panels": (
        "Panels",
        "A third lever, with a heat map for each of its values. Over the levers that are left each "
        "square shows its best cell.",
    ),
}
COLUMNS = {
    "cell": "The values of the levers that the grid varies.",
    "state": "Whether it is measured, was before, waits, runs, failed or was skipped.",
    "device": "Where it was measured.",
    "seconds": "How long its run took in all, loading and warming up too.",
    "why": "Why there is no value, where there is none.",
    "run": "The run in the history. Select the row to open it.",
}


def draw_heat_map(picture: SweepPicture) -> None:
    """Any two levers and any metric; a third lever makes panels, else the best over the others."""
    axes = picture.prepared.cells.axes
    listed = [name for name, values in axes.items() if len(values) > 1]
    metric, levers = _choose(listed, picture.request.objectives[0])
    known = known_objectives(picture.request)[metric]
    spots = spots_of(picture, sweep_state.candidates(picture, metric), known)
    shown = planes(spots, axes, levers, known.higher_is_better)
    with st.container(key=_place(picture, "steady_1_heat")):
        st.markdown(escape(heat_map.takeaway(shown, known)), help=explained([known]))
    across, up, third = (_label(lever) for lever in levers)
    figure = heat_map.figure(shown[:MOST_PANELS], known, (across, up, third))
    st.plotly_chart(figure, key="sweep_heat_map", config=PLAIN)
    if len(shown) > MOST_PANELS:
        st.caption(f"The first {MOST_PANELS} of {len(shown)} panels.")
    others = [_label(name) for name in listed if name not in levers]
    if others:
        st.caption(f"Each square shows its best cell over {', '.join(others)}.")


def _choose(listed: list[str], usual: str) -> tuple[str, tuple[str, str, str]]:
    """The metric, and the levers across, up and of the panels."""
    with st.container(horizontal=True):
        metric = _select("sweep_metric", list(KNOWN), usual)
        across = _select("sweep_across", listed or [EVERYTHING], (listed or [""])[-1])
        rest = [name for name in listed if name != across] or [EVERYTHING]
        up = _select("sweep_up", rest, rest[0])
        others = [EVERYTHING, *(name for name in listed if name not in (across, up))]
        third = _select("sweep_panels", others, EVERYTHING)
    return metric, (across, up, third)


def _select(key: str, options: list[str], usual: str) -> str:
    (label, text), index = CHOICES[key], options.index(usual) if usual in options else 0
    note_usual(key, options[index])
    return str(
        st.selectbox(label, options, index=index, format_func=_label, key=key, width=200, help=text)
    )


def _label(name: str) -> str:
    if name in KNOWN:
        return KNOWN[name].label
    return LABELS.get(name, name) if name else "none"


def _place(picture: SweepPicture, steady: str) -> str:
    """The key of a place that keeps its height while cells are measured (style.css)."""
    return steady if picture.active else f"over_{steady}"


def draw_sweep_pareto(picture: SweepPicture) -> None:
    """The Pareto set as it grows, by the sweep's own objectives."""
    with st.container(key=_place(picture, "steady_plot_pareto")):
        _draw_pareto(picture)


def _draw_pareto(picture: SweepPicture) -> None:
    judged = sweep_state.judged(picture)
    if len(judged.machines) > 1:
        judged = sweep_state.judged(picture, draw_machines(judged.machines, "sweep_machine"))
    for note in judged.notes:
        st.caption(escape(note))
    if judged.pareto is None:
        st.caption("The Pareto set appears here with the first measured cells.")
        return
    words = f"{summary(judged.pareto)} {pareto_plot.takeaway(judged.pareto)}"
    st.markdown(escape(words), help=explained(judged.pareto.objectives))
    if judged.pareto.frontier:
        _draw_points(pareto_plot.figure(judged.pareto))


@st.fragment
def _draw_points(figure: go.Figure) -> None:
    """The plot, and the run whose point was clicked."""
    event = st.plotly_chart(
        figure, key="sweep_pareto", on_select="rerun", selection_mode="points", config=PLAIN
    )
    clicked = clicked_run(event)
    if clicked:
        link_to(HISTORY, f"Open run {clicked}", ":material/open_in_new:", run=clicked)


def draw_cells(picture: SweepPicture) -> None:
    """All cells in their order; a selected one can be opened."""
    with st.expander("All cells", key="sweep_cells"):
        rows = st.dataframe(
            pd.DataFrame([_row(cell, picture) for cell in picture.cells]),
            key="sweep_table",
            hide_index=True,
            on_select="rerun",
            selection_mode="single-row",
            column_config=_columns(),
        )
        for index in rows["selection"]["rows"]:
            run_id = picture.cells[index].run_id if index < len(picture.cells) else None
            if run_id:
                link_to(HISTORY, f"Open run {run_id}", ":material/open_in_new:", run=run_id)


def _columns() -> dict[str, Any]:
    seconds = st.column_config.NumberColumn(format="%.1f", help=COLUMNS["seconds"])
    return {**explained_columns(COLUMNS), "seconds": seconds}


def _row(cell: Cell, picture: SweepPicture) -> dict[str, object]:
    return {
        "cell": name_among(cell.spec, picture.request.axes),
        "state": str(cell.state),
        **({"device": cell.slot or DASH} if len(picture.request.devices) > 1 else {}),
        "seconds": None if cell.seconds is None else round(cell.seconds, 1),
        "why": cell.reason or DASH,
        "run": cell.run_id or DASH,
    }


def draw_onward(picture: SweepPicture) -> None:
    """The Decide page for these runs, and all of them as CSV."""
    with st.container(horizontal=True, vertical_alignment="center"):
        decide = st.button(
            "Decide among these runs",
            key="sweep_decide",
            icon=":material/balance:",
            disabled=not picture.run_ids,
            help="Opens Decide with this sweep as what is chosen among.",
            on_click=decide_state.set_text,
            args=(SCOPE, picture.experiment_id),
        )
        prices, history = price_state.price_of(), state.manager().history
        st.download_button(
            "CSV of the sweep",
            data=lambda: csv_of(history, picture, prices),
            file_name=mode_state.file_name(f"sweep-{picture.experiment_id}.csv"),
            mime="text/csv",
            key="sweep_csv",
            icon=":material/download:",
            help="A row for each cell that ran, failures too, with every metric.",
            disabled=not any(cell.run_id for cell in picture.cells),
            on_click="ignore",
        )
    if decide:
        st.switch_page(DECIDE, query_params=carried())


def csv_of(history: History, picture: SweepPicture, prices: price_state.PriceOf) -> str:
    """Every run of the sweep's cells, failures too."""
    ids = [cell.run_id for cell in picture.cells if cell.run_id]
    return "".join(history_csv(history.in_parts(ids), prices))
