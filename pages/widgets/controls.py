"""The controls of Explore: widgets on the left, a checked spec out of them.

Each field's help is one sentence, and what is wrong with a field stands under it. A value is
never changed for the person: a bad one stays as typed, and Run waits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.errors import RequestError
from core.variants.axes import AXES
from core.variants.environment import Environment
from core.variants.request import bounds, build_spec, problems
from core.variants.source import model_of
from core.variants.spec import RunSpec, StopRule
from core.variants.tokens import count_tokens
from pages.widgets import state
from pages.widgets.axes import draw_axis
from pages.widgets.layout import field_error
from pages.widgets.model_choice import draw_model, draw_revision

NUMBERS = {
    "batch_size": (
        "Batch size",
        "Sequences generated at once: more tokens per second, more memory.",
    ),
    "max_new_tokens": ("New tokens", "Tokens to generate for each sequence."),
    "repeats": ("Repeats", "Measured generations; from 5 on there is a confidence interval."),
    "warmup": ("Warm-up cap", "Most warm-up runs; fewer when three in a row lie within 5 %."),
    "prompt_tokens": ("Prompt tokens", "Tokens drawn with the seed; only their number matters."),
    "seed": ("Seed", "Seed of the synthetic prompt, stored with the result."),
}
LABELS = {
    "model": "Model",
    "revision": "Revision",
    "prompt": "Prompt",
    "device": "Device",
    "stop": "Stop",
    "quality": "Measure quality",
    "task": "Own task",
    **{axis.field: axis.label for axis in AXES.values()},
    **{field: label for field, (label, _) in NUMBERS.items()},
}
STOP_RULES = {
    StopRule.FIXED: "exactly that many tokens",
    StopRule.NATURAL: "at the model's own end",
}


@dataclass(frozen=True)
class Request:
    """What the controls ask for. `errors` has a text for each field at fault; `spec` is None
    where no spec can be built at all.
    """

    spec: RunSpec | None
    errors: Mapping[str, str]
    device: str


def check(values: Mapping[str, Any], environment: Environment) -> Request:
    """The spec that these values ask for, and everything that is wrong with them."""
    left, errors = dict(values), dict[str, str]()
    while True:
        try:
            spec = build_spec(left)
            break
        except RequestError as error:
            errors[error.field] = _explain(error)
            left.pop(error.field)
    for problem in problems(spec, environment):
        errors.setdefault(problem.field, _explain(problem))
    whole = spec if len(left) == len(values) else None
    return Request(whole, errors, spec.variant.device)


def draw_controls(environment: Environment) -> Request:
    """All controls; returns what they ask for."""
    values = state.chosen()
    request = check(values, environment)
    draw_model(values, environment, request.spec, request.errors)
    for field in ("precision", "attention"):
        _axis(field, values, environment, request)
    for column, field in zip(st.columns(2, wrap=False), ("compile", "kv_cache"), strict=True):
        with column:
            _axis(field, values, environment, request)
    _numbers(("batch_size", "max_new_tokens", "repeats"), request)
    _prompt(request)
    _more(environment, request)
    return request


def _axis(field: str, values: dict[str, Any], environment: Environment, request: Request) -> None:
    draw_axis(AXES[field], values, environment)
    if field in request.errors:
        field_error(request.errors[field])


def _numbers(fields: Sequence[str], request: Request) -> None:
    """Numbers beside each other, and under them, on the whole width, what is wrong with them."""
    for column, field in zip(st.columns(len(fields), gap="xsmall"), fields, strict=True):
        with column:
            _number(field)
    for field in fields:
        if field in request.errors:
            field_error(f"{LABELS[field]}: {request.errors[field]}")


def _number(field: str) -> None:
    label, sentence = NUMBERS[field]
    low, high = bounds(field)
    st.number_input(
        label,
        value=state.first_value(field),
        key=field,
        step=1,
        format="%d",
        persist_state="session",
        help=f"{sentence} From {low:,} to {high:,}.",
    )


def _prompt(request: Request) -> None:
    st.segmented_control(
        "Prompt",
        [state.TEXT, state.SYNTHETIC],
        key=state.PROMPT_KIND,
        required=True,
        persist_state="session",
        help="A text to continue, or so many synthetic tokens where only the length matters.",
    )
    field = "prompt" if state.prompt_is_text() else "prompt_tokens"
    if field == "prompt":
        _text()
    else:
        _number(field)
    if field in request.errors:
        field_error(request.errors[field])
    elif request.spec and field == "prompt":
        _count(request.spec)


def _text() -> None:
    st.text_area(
        "Text to continue",
        value=state.first_value("prompt"),
        key="prompt",
        height=90,
        label_visibility="collapsed",
        persist_state="session",
    )


def _count(spec: RunSpec) -> None:
    tokens = count_tokens(model_of(spec.variant), spec.workload.prompt or "")
    st.caption("Counted once the model is prepared." if tokens is None else f"{tokens:,} tokens")


def _more(environment: Environment, request: Request) -> None:
    hidden = ("revision", "device", "stop", "warmup", "seed", "quality")
    with st.expander("More settings", expanded=any(name in request.errors for name in hidden)):
        if len(environment.devices) > 1 or "device" in request.errors:
            _device(environment, request)
        draw_revision(request.errors)
        st.radio(
            "Stop",
            [str(rule) for rule in StopRule],
            key="stop",
            format_func=lambda rule: STOP_RULES[StopRule(rule)],
            horizontal=True,
            persist_state="session",
            help="A fixed length compares like with like; a natural stop counts real tokens.",
        )
        _numbers(("warmup", "seed"), request)
        st.toggle(
            "Measure quality",
            key="quality",
            persist_state="session",
            help="Compare with the reference (same model, fp32) on a fixed text; kept for later.",
        )


def _device(environment: Environment, request: Request) -> None:
    """A device that is not here, as of a linked run, is a choice too while it is the chosen one:
    Streamlit would put the first of the others in its place.
    """
    names = {device.key: f"{device.key}: {device.name}" for device in environment.devices}
    chosen = state.chosen()["device"]
    st.selectbox(
        "Device",
        [*dict.fromkeys([*names, chosen])],
        key="device",
        format_func=lambda key: names.get(key, key),
        persist_state="session",
        help="Where the model runs.",
    )
    if "device" in request.errors:
        field_error(request.errors["device"])


def _explain(error: RequestError) -> str:
    valid = f" Valid: {', '.join(error.valid)}." if error.valid else ""
    return error.reason + valid
