"""How the fields of a request are written in a link: as on the command line, under their names.

A number is taken as it is typed, so that one out of bounds shows what is wrong under its field; a
closed field takes the words that a spec understands, old ones too.
"""

from enum import StrEnum
from functools import partial
from typing import Any

from core.errors import RequestError
from core.variants.request import FIELDS, build_spec, flat_values, plain_type, valid_values
from pages.widgets.links.kinds import Kind, Unreadable, decimal, text, toggle, whole

USUAL_CACHE = "on"  # an old name: the cache that fits the rest


def kind_of(field: str) -> Kind:
    """The kind of a spec's field."""
    kind = plain_type(FIELDS[field].annotation)
    if field == "device" or (isinstance(kind, type) and issubclass(kind, StrEnum)):
        return Kind(partial(_settled, field))
    if kind in (int, float):
        number = whole if kind is int else decimal
        return number(valid=valid_values(field))
    return toggle() if kind is bool else text()


def _settled(field: str, given: str) -> Any:
    """A closed field's value as a spec holds it."""
    word = given.strip()
    if field == "kv_cache" and word == USUAL_CACHE:
        return word
    try:
        return flat_values(build_spec({field: word}))[field]
    except RequestError as error:
        raise Unreadable(error.reason, error.valid) from None
