"""The earlier sweeps, with a way to each."""

import streamlit as st

from core.results.experiments import ExperimentRow
from core.results.format import show_time
from pages.widgets.layout import escape
from pages.widgets.sweep import sweep_state

SHOWN = 10


def draw_sweep_list() -> None:
    """The newest ones; nothing where there are none."""
    rows = sweep_state.sweeps().listed()
    if not rows:
        return
    with st.expander(f"Earlier sweeps ({len(rows)})", key="sweep_list", expanded=True):
        for row in rows[:SHOWN]:
            _draw(row)
        if len(rows) > SHOWN:
            st.caption(f"And {len(rows) - SHOWN} more: `python -m core sweep --list`.")


def _draw(row: ExperimentRow) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Open",
            key=f"open_{row.experiment_id}",
            type="tertiary",
            help="Shows its heat map, its Pareto set and its cells.",
            on_click=sweep_state.open_sweep,
            args=(row.experiment_id,),
        )
        st.markdown(f"{show_time(row.created_at)} · {escape(row.title)} · {row.status}")
