"""The controls of a load: when requests come, how many, how long they are, what they must keep.

A bad value stays as typed, and what is wrong with it stands under its field.
"""

import streamlit as st

from core.variants.load import Arrivals
from pages.widgets.batching import load_state
from pages.widgets.batching.length_controls import draw_lengths
from pages.widgets.batching.load_fields import draw_load_numbers
from pages.widgets.batching.load_request import LoadRequest
from pages.widgets.batching.trace_input import draw_trace_input

ARRIVALS = {
    Arrivals.POISSON: "at random (Poisson)",
    Arrivals.BURSTS: "in bursts",
    Arrivals.TRACE: "as in a trace",
}


def draw_load_controls(request: LoadRequest) -> None:
    """All controls of the load."""
    st.markdown("###### Load")
    st.segmented_control(
        "Requests come",
        [str(kind) for kind in Arrivals],
        format_func=lambda kind: ARRIVALS[Arrivals(kind)],
        key=load_state.key_of("arrivals"),
        required=True,
        on_change=load_state.settle_lengths,
        persist_state="session",
        help="At random, each independent of the others; in bursts, the same number less evenly; "
        "or as they were recorded.",
    )
    if load_state.value("arrivals") == Arrivals.TRACE:
        draw_trace_input(request)
        draw_load_numbers(("trace_rate_per_s",), request.errors)
        draw_load_numbers(("trace_requests", "trace_duration_s"), request.errors)
    else:
        _draw_drawn(request)
    for side in load_state.SIDES:
        draw_lengths(side, request)
    draw_load_numbers(("ttft_s", "tpot_s"), request.errors)
    draw_load_numbers(("seed",), request.errors)


def _draw_drawn(request: LoadRequest) -> None:
    """Arrivals that are drawn: how they are spread, their rate, their number."""
    if load_state.value("arrivals") == Arrivals.BURSTS:
        kinds = tuple(load_state.BURST_FIELDS)
        _choose("bursts", "A burst is", kinds, "Several at one moment, times and pauses, or both.")
        draw_load_numbers(load_state.BURST_FIELDS[load_state.value("bursts")], request.errors)
    amounts = (load_state.REQUESTS, load_state.SECONDS)
    _choose("amount", "How much", amounts, "What ends the load: a number of requests, or a time.")
    counted = load_state.value("amount") == load_state.REQUESTS
    draw_load_numbers(("rate_per_s", "requests" if counted else "duration_s"), request.errors)


def _choose(field: str, label: str, options: tuple[str, ...], text: str) -> None:
    st.segmented_control(
        label,
        options,
        key=load_state.key_of(field),
        required=True,
        persist_state="session",
        help=text,
    )
