"""The fields of a request on the page: their labels, their numbers, and what is wrong with them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from core.variants.axes import AXES
from core.variants.request import FIELDS, bounds
from core.variants.spec import MOST_STOP_STRINGS
from pages.widgets import state
from pages.widgets.layout import field_error
from pages.widgets.request import Request


@dataclass(frozen=True)
class NumberField:
    """A number: its label, one sentence of help, and what an empty field says. A field that may
    not be empty shows its first value instead.
    """

    label: str
    help: str
    empty: str | None = None


NUMBERS = {
    "batch_size": NumberField(
        "Batch size", "Sequences generated at once: more tokens per second, more memory."
    ),
    "max_new_tokens": NumberField("New tokens", "Tokens to generate for each sequence."),
    "repeats": NumberField(
        "Repeats", "Measured generations; from 5 on there is a confidence interval."
    ),
    "warmup": NumberField(
        "Warm-up cap", "Most warm-up runs; fewer when three in a row lie within 5 %."
    ),
    "prompt_tokens": NumberField(
        "Prompt tokens", "Tokens drawn with the seed; only their number matters."
    ),
    "shortest_prompt_tokens": NumberField(
        "Shortest prompt",
        "Tokens of the shortest row; the others lie evenly between it and the whole prompt.",
    ),
    "seed": NumberField("Seed", "Seed of the synthetic prompt, stored with the result."),
    "max_length": NumberField(
        "Total length",
        "Most tokens of prompt and output together; where New tokens is stricter, that holds.",
        "no cap",
    ),
    "no_repeat_ngram_size": NumberField(
        "No repeated n-gram",
        "No run of so many tokens may come twice in a row's prompt and output: it changes the "
        "text, and costs a search at each step.",
        "none",
    ),
    "time_limit_s": NumberField(
        "Time limit, seconds", "Generation ends at the first token after so long.", "none"
    ),
    "draft_tokens": NumberField(
        "Guessed tokens", "Tokens that are guessed before each pass that checks them."
    ),
}
LABELS = {
    "endpoint": "Endpoint",
    "model": "Model",
    "revision": "Revision",
    "prompt": "Prompt",
    "stop_strings": "Stop strings",
    "draft_model": "Draft model",
    "device": "Device",
    "quality": "Measure quality",
    "task": "Own task",
    **{axis.field: axis.label for axis in AXES.values()},
    **{field: number.label for field, number in NUMBERS.items()},
}

# One sentence on each field that is neither a number nor a closed lever, wherever it is drawn.
HELPS = {
    "endpoint": "The server that generates. Its address must be allowed in the configuration.",
    "model": "A model of the catalogue; or type the path of a local folder with safetensors, or "
    "a hub's owner/name, with @revision if you like.",
    "revision": "A commit, branch or tag of a model from the hub.",
    "prompt": "The text that the model goes on with, the same in each row of a batch. A longer one "
    "takes longer to its first token, and fills the KV cache.",
    "stop_strings": "A row ends once it has generated one of these texts. One per line, at most "
    f"{MOST_STOP_STRINGS}; `\\n` stands for a line break, `\\t` for a tab.",
    "draft_model": "It guesses, and the model checks. Choose one, or type a local folder's path or "
    "a hub's owner/name.",
    "device": "Where the model is loaded and measured.",
    "quality": "Compare with the reference (same model, fp32) on a fixed text: once for each "
    "variant, outside the timed part, and kept for later.",
}


def draw_numbers(fields: Sequence[str], request: Request) -> None:
    """Numbers beside each other."""
    draw_beside(fields, draw_number, request.errors)


def draw_beside(
    fields: Sequence[str], draw: Callable[[str], None], errors: Mapping[str, str]
) -> None:
    """Fields beside each other, and under them, on the whole width, what is wrong with them."""
    for column, field in zip(st.columns(max(len(fields), 1), gap="xsmall"), fields, strict=False):
        with column:
            draw(field)
    for field in fields:
        if field in errors:
            field_error(f"{LABELS[field]}: {errors[field]}")


def draw_number(field: str) -> None:
    """One number, with its bounds in the help."""
    draw_number_as(field, NUMBERS[field].label, field, state.first_value(field))


def draw_number_as(field: str, label: str, key: str, first: Any) -> None:
    """A field's number under another label and key, with its first value."""
    number = NUMBERS[field]
    whole = float not in (FIELDS[field].annotation, *_options(field))
    told = replace(number, label=label, help=f"{number.help} {_range(field)}")
    draw_number_field(told, key, first, whole=whole)


def draw_number_field(number: NumberField, key: str, first: Any, *, whole: bool) -> None:
    """A number as it is described, whatever it is of. It has no limits of its own, so that a bad
    value stays as typed.
    """
    st.number_input(
        number.label,
        value=None if number.empty else first,
        key=key,
        step=1 if whole else 1.0,
        format="%d" if whole else "%g",
        placeholder=number.empty,
        persist_state="session",
        help=number.help,
    )


def draw_error(field: str, request: Request) -> None:
    """What is wrong with the field above, if anything is."""
    if field in request.errors:
        field_error(request.errors[field])


def _options(field: str) -> tuple[object, ...]:
    return getattr(FIELDS[field].annotation, "__args__", ())


def _range(field: str) -> str:
    low, high = bounds(field)
    return f"From {low:,} to {high:,}." if low is not None else f"Above 0, up to {high:,}."
