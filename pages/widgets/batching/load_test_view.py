"""A load test in whatever state it is: its progress, then simulated against measured."""

import streamlit as st

from core.analysis.batching.agreement import Agreement
from core.analysis.batching.load_words import load_words, paced_words
from core.experiments.batching.comparing import doubts
from core.experiments.batching.load_picture import LoadPicture, StoredLoadTest
from core.results.csv.served import served_csv
from core.results.experiments import ExperimentStatus
from core.results.format import show_time
from core.results.naming import name_among
from core.variants.spec import RunSpec
from pages.widgets import mode_state, state
from pages.widgets.batching import batching_state, load_state
from pages.widgets.batching.agreement_view import draw_agreements
from pages.widgets.batching.doubts_view import draw_doubts
from pages.widgets.batching.fit_view import draw_fit
from pages.widgets.batching.load_progress import draw_load_progress
from pages.widgets.batching.simulated import steps_of
from pages.widgets.batching.variant_box import price_per_hour
from pages.widgets.layout import error_boundary, escape
from pages.widgets.start_box import draw_refusal, unless_refused

Shown = LoadPicture | StoredLoadTest
INTERRUPTED = (
    ":orange[:material/power_off: Interrupted] · The program ended while it went on. What was "
    "measured is kept."
)
RESUME = "Goes on with what is open: what was served counts."


def draw_load_test(experiment_id: str) -> None:
    """Its name, how it stands, and what it has found so far."""
    st.button("New load test", icon=":material/add:", key="load_new",
              on_click=batching_state.close_test,
              help="Goes to the controls, as you left them; this one stays stored, and goes on.",
              )  # fmt: skip
    shown = batching_state.found(experiment_id)
    if shown is None:
        st.warning(f"There is no load test {escape(experiment_id)} in this history.")
        return
    _draw_what(shown)
    _draw_state(shown)
    draw_refusal(batching_state.NOTICE)
    price = price_per_hour(shown.request.variant.device, state.environment())
    found = batching_state.compared(shown, price)
    for refused in shown.result.refused:
        words = f"{refused.cell.label} was not served: {refused.reason}"
        st.markdown(f":orange[:material/block: {escape(words)}]")
    draw_doubts(doubts(shown.result))
    with error_boundary():
        draw_agreements(found)
    with error_boundary():
        _draw_rest(shown, found)


def _draw_what(shown: Shown) -> None:
    """The variant and the load."""
    spec = RunSpec(variant=shown.request.variant)
    st.subheader(escape(name_among(spec, {"model"})), anchor=False)
    st.caption(escape(load_words(shown.request.load, shown.request.rates)))


def _draw_state(shown: Shown) -> None:
    """Progress while it goes on; else how it ended, and Resume where that is possible."""
    if shown.active:
        draw_load_progress(shown)
        return
    if shown.status is ExperimentStatus.INTERRUPTED:
        st.markdown(INTERRUPTED)
    elif shown.result.reason:
        st.markdown(f":orange[:material/stop_circle: {escape(shown.result.reason)}]")
    if shown.resumable:
        st.button("Resume", key="load_resume", icon=":material/play_arrow:",
                  on_click=batching_state.resume, args=(shown.experiment_id,),
                  **unless_refused(why=RESUME))  # fmt: skip


def _draw_rest(shown: Shown, found: tuple[Agreement, ...]) -> None:
    """The steps that the simulation rests on, and ways onward."""
    calibration = shown.result.calibration
    if calibration is not None:
        box = st.expander("The fit that was simulated with", key="load_fit", on_change="rerun")
        if box.open:
            with box:
                when = calibration.measured_at
                st.caption(f"Steps measured on {show_time(when)}." if when else "")
                draw_fit(steps_of(f"{shown.experiment_id} {when}", calibration), "test")
    loads = [load for one in found for load in (*one.measured, one.simulated)]
    with st.container(horizontal=True):
        st.download_button(
            "CSV of all requests",
            data=lambda: served_csv(loads),
            file_name=mode_state.file_name(f"load-{shown.experiment_id}.csv"),
            mime="text/csv",
            key="load_csv",
            icon=":material/download:",
            help="A row for each request, measured and simulated: its times, lengths and policy.",
            disabled=not loads,
            on_click="ignore",
        )
        rates = shown.request.rates[:1]
        which = f" {paced_words(rates)}" if rates else ""
        st.button(f"Set the controls to this load{which}", key="load_again",
                  icon=":material/tune:", on_click=_set_up,
                  args=(shown.experiment_id,),
                  help="Brings load and policies back into the controls; nothing is measured yet.",
                  )  # fmt: skip


def _set_up(experiment_id: str) -> None:
    shown = batching_state.found(experiment_id)
    if shown is not None:
        request = shown.request
        load = request.load_at(next(iter(request.rates), None))
        load_state.take_load(load, request.simulated, request.measured)
        batching_state.close_test()
