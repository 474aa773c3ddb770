"""From typed values to a spec, or a RequestError that names field, value, reason and choices."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from pydantic import ValidationError

from core.errors import RequestError
from core.variants.closed_spec import Spec
from core.variants.wording import reason_in_words

SpecType = TypeVar("SpecType", bound=Spec)


def validated(kind: type[SpecType], values: Mapping[str, object]) -> SpecType:
    """The spec of those values; what is left out takes its default.

    Raises RequestError for an unknown field, and for a value that a field does not take.
    """
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0])
        info = kind.model_fields.get(field)
        reason = reason_in_words(first, info) if info else "there is no such field."
        valid = _choices(info.annotation) if info else tuple(kind.model_fields)
        raise RequestError(field, values.get(field), reason, valid) from None


def _choices(annotation: object) -> tuple[str, ...]:
    closed = isinstance(annotation, type) and issubclass(annotation, StrEnum)
    return tuple(annotation) if closed else ()  # type: ignore[arg-type]
