"""Where a person gives a recorded load: as text, or from a file."""

import streamlit as st

from core.results.format import show_seconds, significant
from core.variants.trace import parse_trace
from pages.widgets import state
from pages.widgets.batching import load_state
from pages.widgets.batching.load_request import LoadRequest
from pages.widgets.layout import escape, field_error

EXAMPLE = """arrival_s,prompt_tokens,output_tokens
0.0,120,30
0.8,45,12"""
FORMAT = (
    "A CSV with the column `arrival_s` (seconds) or `timestamp` and, if wanted, `prompt_tokens` "
    "and `output_tokens`; the columns of the public Azure and BurstGPT traces are known too."
)
LARGEST_FILE_MB = 20
LONGEST_SHOWN = 200_000  # characters that a browser edits well


def draw_trace_input(request: LoadRequest) -> None:
    """The text, a file to take it from, and how it is read or what is wrong with it."""
    text = load_state.value("trace")
    if len(text) <= LONGEST_SHOWN:
        st.text_area(
            "Trace",
            value=text,
            key=load_state.TRACE,
            height=120,
            placeholder=EXAMPLE,
            persist_state="session",
            help=FORMAT,
        )
    else:
        st.caption(f"A trace of {len(text):,} characters, too long to be edited here.")
    st.file_uploader(
        "Or take it from a file",
        type=["csv", "tsv", "txt"],
        key=load_state.TRACE_FILE,
        max_upload_size=LARGEST_FILE_MB,
        on_change=load_state.take_trace_file,
        help="Its text takes the place of the one before.",
    )
    for wrong in (state.take_notice(load_state.TRACE), request.errors.get("trace")):
        if wrong:
            field_error(wrong)
    if text and "trace" not in request.errors:
        st.caption(escape(understood_as(text)))


def understood_as(text: str) -> str:
    """How a trace is read, so that a misunderstanding is noticed before anything is run."""
    trace = parse_trace(text)
    rows = f"{len(trace.rows):,} request{'' if len(trace.rows) == 1 else 's'}"
    span = show_seconds(trace.rows[-1].arrival_s)
    rate = f", {significant(trace.rate_per_s)} per second" if trace.rate_per_s else ", all at once"
    return " ".join([f"{rows} over {span}{rate}.", *trace.notes])
