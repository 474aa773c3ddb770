"""The prompt: a text or so many synthetic tokens, and rows of mixed lengths."""

import streamlit as st

from core.results.format import show
from core.variants.engine_support import is_lever
from core.variants.lengths import padding_share, row_lengths
from core.variants.source import model_of
from core.variants.spec import RunSpec
from core.variants.tokens import count_tokens
from pages.widgets import state
from pages.widgets.fields import HELPS, draw_error, draw_number, draw_numbers
from pages.widgets.request import Request

MOST_LENGTHS = 6
PROMPT_KINDS = "A text to continue, or so many synthetic tokens where only the length matters."


def draw_prompt(request: Request) -> None:
    """The prompt with its tokens; below it, for a batch, whether its rows differ in length."""
    draw_prompt_kind()
    if state.prompt_is_text():
        draw_prompt_text(request)
    else:
        draw_number("prompt_tokens")
        draw_error("prompt_tokens", request)
    mixes = is_lever(request.known.variant.engine, "shortest_prompt_tokens")
    if mixes and request.values.get("batch_size", 1) > 1:
        _mixed_lengths(request)


def draw_prompt_kind() -> None:
    """Whether the prompt is a text or so many synthetic tokens."""
    st.segmented_control(
        "Prompt",
        [state.TEXT, state.SYNTHETIC],
        key=state.PROMPT_KIND,
        required=True,
        persist_state="session",
        help=PROMPT_KINDS,
    )


def draw_prompt_text(request: Request) -> None:
    """The text, and its tokens or what is wrong with it."""
    st.text_area(
        "Text to continue",
        value=state.first_value("prompt"),
        key="prompt",
        height=90,
        persist_state="session",
        help=HELPS["prompt"],
    )
    if "prompt" in request.errors:
        draw_error("prompt", request)
        return
    tokens = tokens_of(request.known)
    st.caption("Counted once the model is prepared." if tokens is None else f"{tokens:,} tokens")


def tokens_of(spec: RunSpec) -> int | None:
    """The tokens of a whole prompt; None for a text until the model is prepared."""
    workload = spec.workload
    return workload.prompt_tokens or count_tokens(model_of(spec.variant), workload.prompt or "")


def _mixed_lengths(request: Request) -> None:
    """Only a batch can be mixed: the rows beside the longest are padded."""
    st.toggle(
        "Rows of mixed length",
        key=state.MIXED,
        persist_state="session",
        help="Real batches hold prompts of different lengths: shorter ones are padded on the left, "
        "and the padding is computed like any token.",
    )
    if not state.lengths_are_mixed():
        return
    draw_numbers(("shortest_prompt_tokens",), request)
    tokens = tokens_of(request.known)
    if tokens and not {"shortest_prompt_tokens", "prompt", "prompt_tokens"} & {*request.errors}:
        st.caption(lengths_sentence(row_lengths(request.known.workload, tokens)))


def lengths_sentence(lengths: tuple[int, ...]) -> str:
    """Each row's prompt tokens, and what share of the batch is padding."""
    told = [f"{length:,}" for length in lengths]
    if len(told) > MOST_LENGTHS:
        told = [*told[: MOST_LENGTHS - 2], "…", told[-1]]
    return f"Rows of {', '.join(told)} tokens: {show(padding_share(lengths), 'share')} padding."
