"""Sweep: a grid over all levers, planned, measured cell by cell, and drawn as it fills."""

import streamlit as st

from pages.widgets import state
from pages.widgets.first_offer import draw_offer_if_empty
from pages.widgets.layout import error_boundary, escape, start_page
from pages.widgets.links.link_state import linked
from pages.widgets.links.sweep_link import sweep_link
from pages.widgets.sweep import sweep_state
from pages.widgets.sweep.grid_controls import draw_grid_controls
from pages.widgets.sweep.sweep_list import draw_sweep_list
from pages.widgets.sweep.sweep_panel import draw_sweep_panel
from pages.widgets.sweep.sweep_progress import draw_sweep_progress
from pages.widgets.sweep.sweep_view import (
    draw_cells,
    draw_heat_map,
    draw_onward,
    draw_sweep_pareto,
)
from pages.widgets.unsaved import draw_unsaved


def draw() -> None:
    """One sweep where the URL names one, else the grid of a new one."""
    draw_unsaved()
    opened = sweep_state.opened()
    if opened is not None:
        draw_opened(opened)
    else:
        draw_new()


def draw_new() -> None:
    """Controls on the left; the plan, Start, and earlier sweeps on the right."""
    draw_offer_if_empty()
    environment = state.environment()
    left, right = st.columns([5, 9], gap="large")
    asked = None
    with left, error_boundary():
        asked = draw_grid_controls(environment)
    with right:
        if asked is not None:
            with error_boundary():
                draw_sweep_panel(asked)
        with error_boundary():
            draw_sweep_list()


def draw_opened(experiment_id: str) -> None:
    """A sweep in whatever state it is."""
    st.button("New sweep", icon=":material/add:", key="sweep_new",
              on_click=sweep_state.close_sweep,
              help="Goes to the grid, as you left it; this sweep stays stored, and goes on.",
              )  # fmt: skip
    picture = sweep_state.picture(experiment_id)
    if picture is None:
        st.warning(f"There is no sweep {escape(experiment_id)} in this history.")
        return
    st.subheader(escape(picture.request.title), anchor=False)
    draw_sweep_progress(picture)
    for part in (draw_heat_map, draw_sweep_pareto, draw_cells, draw_onward):
        with error_boundary():
            part(picture)


start_page("Sweep", "A whole grid at once: what every combination of levers costs.")
with error_boundary(), linked("sweep", sweep_link):
    draw()
