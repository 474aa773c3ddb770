"""The controls of a load: when requests come, how many, how long they are, what they must keep.

A bad value stays as typed, and what is wrong with it stands under its field.
"""

import streamlit as st

from core.results.format import show_seconds, significant
from core.variants.drawn_lengths import TAKES, LengthKind
from core.variants.load import Arrivals
from core.variants.trace import parse_trace
from pages.widgets import state
from pages.widgets.batching import load_state
from pages.widgets.batching.load_fields import draw_length_part, draw_load_numbers
from pages.widgets.batching.load_request import LoadRequest
from pages.widgets.layout import escape, field_error

ARRIVALS = {
    Arrivals.POISSON: "at random (Poisson)",
    Arrivals.BURSTS: "in bursts",
    Arrivals.TRACE: "as in a trace",
}
SIDES = {"prompt": "Prompt tokens", "output": "Output tokens"}
LENGTHS = {
    LengthKind.FIXED: "all the same",
    LengthKind.UNIFORM: "uniform",
    LengthKind.GEOMETRIC: "geometric",
    LengthKind.LOGNORMAL: "lognormal",
    LengthKind.TRACE: "of the trace",
}
LENGTHS_HELP = (
    "How lengths are spread: all the same; uniform, any between two ends alike; geometric, many "
    "short and few long; lognormal, most near the mean with a long tail, as chats often are; or "
    "those of the trace."
)
EXAMPLE = """arrival_s,prompt_tokens,output_tokens
0.0,120,30
0.8,45,12"""
FORMAT = (
    "A CSV with the column `arrival_s` (seconds) or `timestamp` and, if wanted, `prompt_tokens` "
    "and `output_tokens`; the columns of the public Azure and BurstGPT traces are known too."
)
LARGEST_FILE_MB = 20
LONGEST_SHOWN = 200_000  # characters that a browser edits well


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
    _draw_arrivals(request)
    for side in SIDES:
        _draw_lengths(side, request)
    draw_load_numbers(("ttft_s", "tpot_s"), request.errors)
    draw_load_numbers(("seed",), request.errors)


def _draw_arrivals(request: LoadRequest) -> None:
    """The fields of that kind of arrivals."""
    kind = load_state.value("arrivals")
    if kind == Arrivals.TRACE:
        _draw_trace(request)
        draw_load_numbers(("trace_rate_per_s", "trace_requests"), request.errors)
        return
    if kind == Arrivals.BURSTS:
        options = (load_state.AT_ONCE, load_state.PERIODS)
        _choose("bursts", "A burst is", options, "Several at one moment, or times and pauses.")
        at_once = load_state.value("bursts") == load_state.AT_ONCE
        draw_load_numbers(("burst_size",) if at_once else ("on_s", "off_s"), request.errors)
    options = (load_state.REQUESTS, load_state.SECONDS)
    _choose("amount", "How much", options, "What ends the load: a number of requests, or a time.")
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


def _draw_trace(request: LoadRequest) -> None:
    """The trace as text, a file to take it from, and how it is read or what is wrong with it."""
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
    st.file_uploader(
        "Or take it from a file",
        type=["csv", "tsv", "txt"],
        key=load_state.TRACE_FILE,
        max_upload_size=LARGEST_FILE_MB,
        on_change=load_state.take_trace_file,
        help="Its text takes the place of what stands above.",
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


def _draw_lengths(side: str, request: LoadRequest) -> None:
    """How long the prompts, or the answers, are."""
    kinds = [kind for kind in LengthKind if kind is not LengthKind.TRACE or _traced()]
    chosen = LengthKind(load_state.value(f"{side}_kind"))
    needed, optional = TAKES[chosen]
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="bottom"):
        st.selectbox(
            SIDES[side],
            [str(kind) for kind in dict.fromkeys([*kinds, chosen])],
            format_func=lambda kind: LENGTHS[LengthKind(kind)],
            key=load_state.key_of(f"{side}_kind"),
            persist_state="session",
            help=LENGTHS_HELP,
            width=132,
        )
        for part in (*needed, *optional):
            whole = part in ("low", "high") or chosen is LengthKind.FIXED
            field = load_state.length_field(side, chosen, part)
            with st.container(width=105):
                draw_length_part(field, part, needed=part in needed, whole=whole)
    wrong = request.errors.get(f"{side}_lengths")
    if wrong:
        field_error(f"{SIDES[side]}: {wrong}")


def _traced() -> bool:
    return bool(load_state.value("arrivals") == Arrivals.TRACE)
