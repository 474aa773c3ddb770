"""The runs that would have to be measured before a question can be decided, and a button for it."""

from collections.abc import Sequence

import streamlit as st

from core.analysis.deciding.answer import measurement_words
from core.analysis.deciding.missing import Measurement, spec_to_measure
from core.harmless import harmless
from core.results.hardware import present_hardware
from core.results.reproduce import command_line
from core.variants.spec import RunSpec
from pages.widgets import state
from pages.widgets.decide.decide_state import Chosen
from pages.widgets.layout import EXPLORE, escape, link_to
from pages.widgets.start_box import unless_refused

MOST_LISTED = 5
TOPIC = "decide_measure"
QUEUE = "Queues what is listed above; the answer follows when it has been measured."


def draw_measurements(wanted: Sequence[Measurement], chosen: Chosen) -> None:
    """Each with its command line, and one button that queues them; nothing where there are none."""
    _draw_notice()
    wanted = [measurement for measurement in wanted if measurement.times_repeats is not None]
    specs = [spec for w in wanted[:MOST_LISTED] if (spec := _spec(w)) is not None]
    if not specs:
        return
    title = "1 run to measure" if len(specs) == 1 else f"{len(specs)} runs to measure"
    with st.expander(title, icon=":material/science:"):
        if len(wanted) > len(specs):
            st.caption(f"The most promising {len(specs)} of {len(wanted):,}.")
        for measurement, spec in zip(wanted, specs, strict=False):
            st.markdown(escape(f"{measurement_words(measurement)}."))
            st.code(harmless(command_line(spec)), language="bash", wrap_lines=True)
        reason = _why_not_here(chosen)
        st.button(
            "Measure it now" if len(specs) == 1 else "Measure them now",
            key="decide_queue",
            icon=":material/play_arrow:",
            on_click=_queue,
            args=(specs,),
            **unless_refused(reason is not None, QUEUE),
        )
        if reason:
            st.caption(reason)


def _draw_notice() -> None:
    notice = state.take_notice(TOPIC)
    if notice:
        st.info(escape(notice), icon=":material/hourglass_empty:")
        link_to(EXPLORE, "Watch them in Explore")


def _spec(wanted: Measurement) -> RunSpec | None:
    stored = state.manager().history.get(wanted.candidate.run_id)
    return spec_to_measure(stored.spec, wanted) if stored else None


def _why_not_here(chosen: Chosen) -> str | None:
    """Why a run measured here now could not be compared with the others."""
    question = chosen.scope.question
    if question is None:
        return None
    here = present_hardware(state.environment(), question.device)
    if here is not None and here.id == question.hardware_id:
        return None
    return (
        f"These runs were measured on other hardware than is here ({question.hardware}): a run "
        "measured here could not be compared with them."
    )


def _queue(specs: Sequence[RunSpec]) -> None:
    def submit() -> None:
        for spec in specs:
            state.manager().submit(spec)
        count = "1 run is" if len(specs) == 1 else f"{len(specs)} runs are"
        state.leave_notice(f"{count} queued; the answer follows when they end.", TOPIC)

    state.attempt(TOPIC, submit)
