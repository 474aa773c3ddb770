"""How long prompts and answers are: which kind of distribution, and its numbers."""

from dataclasses import replace

import streamlit as st

from core.variants.drawn_lengths import TAKES, LengthKind
from core.variants.load import Arrivals
from pages.widgets.batching import load_state
from pages.widgets.batching.load_request import LABELS, LoadRequest
from pages.widgets.fields import NumberField, draw_number_field
from pages.widgets.layout import field_error

KINDS = {
    LengthKind.FIXED: "all the same",
    LengthKind.UNIFORM: "uniform",
    LengthKind.GEOMETRIC: "geometric",
    LengthKind.LOGNORMAL: "lognormal",
    LengthKind.TRACE: "of the trace",
}
HELP = (
    "How lengths are spread: all the same; uniform, any between two ends alike; geometric, many "
    "short and few long; lognormal, most near the mean with a long tail, as chats often are; or "
    "those of the trace."
)
PARTS = {
    "mean": NumberField("Mean", "Tokens on average."),
    "spread": NumberField("Spread", "Standard deviation as a multiple of the mean."),
    "low": NumberField("Shortest", "What would be shorter becomes so many tokens."),
    "high": NumberField("Longest", "What would be longer becomes so many tokens."),
}
TOKENS = NumberField("Tokens", "Each has exactly so many.")
KIND_PIXELS, NUMBER_PIXELS = 132, 105


def draw_lengths(side: str, request: LoadRequest) -> None:
    """The kind and its numbers, and what is wrong with them."""
    field = f"{side}_lengths"
    chosen = LengthKind(load_state.value(f"{side}_kind"))
    needed, optional = TAKES[chosen]
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="bottom"):
        _draw_kind(side, LABELS[field], chosen)
        for part in (*needed, *optional):
            with st.container(width=NUMBER_PIXELS):
                _draw_part(side, chosen, part, needed=part in needed)
    if field in request.errors:
        field_error(f"{LABELS[field]}: {request.errors[field]}")


def _draw_kind(side: str, label: str, chosen: LengthKind) -> None:
    """The menu; lengths of a trace only where there is one, or where they are chosen."""
    traced = load_state.value("arrivals") == Arrivals.TRACE
    kinds = [kind for kind in LengthKind if kind is not LengthKind.TRACE or traced]
    st.selectbox(
        label,
        [str(kind) for kind in dict.fromkeys([*kinds, chosen])],
        format_func=lambda kind: KINDS[LengthKind(kind)],
        key=load_state.key_of(f"{side}_kind"),
        persist_state="session",
        help=HELP,
        width=KIND_PIXELS,
    )


def _draw_part(side: str, kind: LengthKind, part: str, *, needed: bool) -> None:
    """One number; one that may be left out is empty then."""
    number = PARTS[part] if needed else replace(PARTS[part], empty="any")
    number = TOKENS if kind is LengthKind.FIXED else number
    field = load_state.length_field(side, kind, part)
    whole = part in ("low", "high") or kind is LengthKind.FIXED
    draw_number_field(number, load_state.key_of(field), load_state.value(field), whole=whole)
