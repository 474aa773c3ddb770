"""What a sweep would do, and the buttons that start it or a trial."""

import streamlit as st

from core.analysis.forecast.sweep_plan import SweepPlan
from core.experiments.sweeps.sweep_picture import budget_of, expected
from core.experiments.sweeps.sweep_request import Stage, SweepRequest
from core.results.format import show_about
from pages.widgets.start_box import (
    draw_refusal,
    draw_start_button,
    draw_waiting,
    unless_refused,
)
from pages.widgets.sweep import sweep_state
from pages.widgets.sweep.grid_request import GridRequest
from pages.widgets.sweep.plan_view import draw_plan
from pages.widgets.sweep.sweep_options import draw_options

TRIAL = (
    "A few tiny runs of those levers of which nothing is measured yet: then the time can be told."
)


def draw_sweep_panel(asked: GridRequest) -> None:
    """The plan, what stops it, Start and Trial."""
    request = draw_options(asked.grid)
    with st.container(border=True):
        runnable, rough = 0, 0
        if asked.cells is not None and request is not None:
            prepared = sweep_state.planned(request)
            draw_plan(prepared.cells, prepared.plan)
            _limits(request, prepared.plan)
            runnable, rough = len(prepared.plan.cells), prepared.plan.rough
        else:
            draw_waiting("Start", asked.errors)
        _buttons(request if asked.cells is not None else None, runnable, rough)
        draw_refusal(sweep_state.NOTICE)


def _limits(request: SweepRequest, planned: SweepPlan) -> None:
    """What a search or a budget makes of the whole grid's time."""
    seconds = show_about(expected(request, planned).likely)
    if len(request.devices) > 1 and planned.to_measure:
        devices = f"{len(request.devices)} devices"
        st.markdown(f":material/device_hub: Spread over {devices} it takes about {seconds}.")
    if request.search is not None:
        trials = min(request.search.trials, len(planned.to_measure))
        st.markdown(f":material/search: The search measures {trials} of them: about {seconds}.")
    elif budget_of(request).seconds is not None:
        st.markdown(f":material/savings: With the budget it ends after {seconds} at the latest.")


def _buttons(request: SweepRequest | None, runnable: int, rough: int) -> None:
    closed = request is None or not runnable
    start, trial = st.columns([2, 1])
    with start:
        act, stages = sweep_state.start, [Stage.CELLS]
        text = "Measures the cells one after the other. It can be stopped and resumed."
        draw_start_button("Start", "sweep_start", act, request, stages, closed=closed, text=text)
    trial.button(
        "Trial",
        key="sweep_trial",
        icon=":material/timer:",
        on_click=sweep_state.start,
        args=(request, [Stage.TRIAL]),
        width="stretch",
        **unless_refused(closed or not rough, TRIAL),
    )
