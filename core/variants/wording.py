"""What is wrong with a field's value in plain words, from what pydantic found.

Knows fields and their bounds, not what a run is.
"""

from typing import Any, get_args

from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

OF_ANY_KIND = {
    "string_type": "it must be a text.",
    "string_pattern_mismatch": "it must be cpu, or cuda and a number as in cuda:0.",
    "enum": "there is no such choice.",
    "tuple_type": "it must be a list of texts.",
}


def reason_in_words(error: ErrorDetails, info: FieldInfo) -> str:
    """One sentence on what the field takes; a validator's own message as it is."""
    kind, context = error["type"], error.get("ctx", {})
    if kind == "value_error":
        return error["msg"].removeprefix("Value error, ") + "."
    if kind == "string_too_long":
        return f"a text here has at most {context['max_length']:,} characters."
    if kind == "string_too_short":
        return "an empty text says nothing."
    if kind == "too_long":
        return f"there may be at most {context['max_length']} of them."
    if kind.startswith("bool"):
        return "it must be true or false."
    return OF_ANY_KIND.get(kind) or number_in_words(info) or "it takes no such value."


def number_in_words(info: FieldInfo) -> str | None:
    """What number a field takes; None for one that takes none."""
    kinds = {info.annotation, *get_args(info.annotation)}
    if not kinds & {int, float}:
        return None
    what = "a number" if float in kinds else "a whole number"
    return f"it must be {what}{_from(info)}{_to(info)}."


def _from(info: FieldInfo) -> str:
    low, above = _bound(info, "ge"), _bound(info, "gt")
    if low is not None:
        return f" from {low}"
    return f" above {above}" if above is not None else ""


def _to(info: FieldInfo) -> str:
    high = _bound(info, "le")
    return f" to {high}" if high is not None else ""


def _bound(info: FieldInfo, name: str) -> Any:
    return next((getattr(item, name) for item in info.metadata if hasattr(item, name)), None)
