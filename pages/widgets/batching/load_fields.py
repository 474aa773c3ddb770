"""The numbers of a load on the page, each with one sentence of what it is."""

from collections.abc import Mapping, Sequence

import streamlit as st

from pages.widgets.batching import load_state
from pages.widgets.batching.load_request import LABELS
from pages.widgets.fields import NumberField, draw_number_field
from pages.widgets.layout import field_error

AMOUNT_PIXELS = 170
WHOLE = ("burst_size", "requests", "trace_requests", "seed")
NUMBERS = {
    "rate_per_s": NumberField(
        LABELS["rate_per_s"], "How many come per second in the long run, pauses included."
    ),
    "trace_rate_per_s": NumberField(
        LABELS["rate_per_s"],
        "Stretches the trace's times so that so many come per second; its own are kept without.",
        "the trace's own",
    ),
    "burst_size": NumberField(LABELS["burst_size"], "How many come at the same moment."),
    "on_s": NumberField(LABELS["on_s"], "How long requests come before each pause."),
    "off_s": NumberField(LABELS["off_s"], "How long none comes then."),
    "requests": NumberField(
        LABELS["requests"],
        "How many in all. Up to some 20 a p95 cannot be told; more tell the steady state better.",
    ),
    "trace_requests": NumberField(
        LABELS["requests"], "Only so many of the trace's first rows.", "all rows"
    ),
    "trace_duration_s": NumberField(
        LABELS["duration_s"], "Only those that come within so many seconds.", "all rows"
    ),
    "duration_s": NumberField(LABELS["duration_s"], "How long requests come; then all are served."),
    "ttft_s": NumberField(
        LABELS["ttft_s"], "A request that waits longer for its first token misses the objective.",
        "no limit",
    ),
    "tpot_s": NumberField(
        LABELS["tpot_s"],
        "A request whose later tokens take longer each, waiting for others included, misses it.",
        "no limit",
    ),
    "seed": NumberField(LABELS["seed"], "The same seed draws the same times and lengths again."),
}  # fmt: skip


def draw_load_numbers(fields: Sequence[str], errors: Mapping[str, str]) -> None:
    """Numbers beside each other, and under them what is wrong with any."""
    for column, field in zip(st.columns(len(fields), gap="xsmall"), fields, strict=True):
        with column:
            first = load_state.value(field)
            key = load_state.key_of(field)
            draw_number_field(NUMBERS[field], key, first, whole=field in WHOLE)
    for field in fields:
        name = field.removeprefix("trace_")
        if name in errors:
            field_error(f"{LABELS[name]}: {errors[name]}")


def draw_amount(field: str, most: int, label: str, text: str) -> None:
    """A whole number from 1 of how something is measured."""
    st.number_input(
        label,
        min_value=1,
        max_value=most,
        value=load_state.value(field),
        step=1,
        key=load_state.key_of(field),
        persist_state="session",
        help=text,
        width=AMOUNT_PIXELS,
    )
