"""The flags of a spec: the field names of the specs, made from the specs themselves."""

import argparse
import shlex
from enum import StrEnum

from core.command_line.parser import FlagsParser, Parser, no_such_flag
from core.errors import RequestError
from core.variants.axes import AXES
from core.variants.request import FIELDS, plain_type, valid_values

METAVARS = {"task": "FILE"}


def run_flags(text: str) -> argparse.Namespace:
    """Flags of `run` as one text; raises RequestError for what is none of them."""
    parser = FlagsParser(prog="", add_help=False, allow_abbrev=False)
    for field in FIELDS:
        add_field(parser, field)
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise RequestError("flags", text, f"the text cannot be read: {error}.") from None
    chosen, unknown = parser.parse_known_args(words)
    if unknown:
        raise no_such_flag(unknown, parser.format_usage())
    return chosen


def add_field(run: Parser, field: str) -> None:
    """A flag for one field. Values stay text here: the specs judge them, for all doors alike."""
    kind = plain_type(FIELDS[field].annotation)
    if kind is bool:
        text = _help(field)
        run.add_argument(flag_of(field), action=argparse.BooleanOptionalAction, help=text)
        return
    if field == "stop_strings":
        run.add_argument(flag_of(field), action="append", metavar="TEXT", help=_help(field))
        return
    closed = isinstance(kind, type) and issubclass(kind, StrEnum)
    metavar = "|".join(valid_values(field)) if closed else METAVARS.get(field, field.upper())
    run.add_argument(flag_of(field), metavar=metavar, help=_help(field))


def _help(field: str) -> str:
    """The field's description, its choices where a table describes them, and its default."""
    text = f"{FIELDS[field].description} (default: {_default(field)})"
    rows = AXES[field].rows if field in AXES else {}
    choices = [f"{key}: {row.summary}" for key, row in rows.items()]
    return " ".join([text, *choices]).replace("%", "%%")


def _default(field: str) -> str:
    if field == "device":
        return "the first GPU, else cpu"
    if field == "weights":
        return "trained where they can be had, else random"
    default = FIELDS[field].default
    if field == "compute_dtype":
        return "the precision's own"
    if isinstance(default, bool):
        return "on" if default else "off"
    return "none" if default in (None, ()) else str(default)


def flag_of(field: str) -> str:
    """`--batch-size` for `batch_size`."""
    return "--" + field.replace("_", "-")
