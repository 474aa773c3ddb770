"""The flags of a spec: the field names of the specs, made from the specs themselves."""

import argparse
import re
import shlex
from collections.abc import Sequence
from enum import StrEnum
from typing import NoReturn

from core.errors import RequestError
from core.variants.axes import AXES
from core.variants.request import FIELDS, plain_type, valid_values

METAVARS = {"task": "FILE"}


class Parser(argparse.ArgumentParser):
    """Says what is wrong as RequestError does: the flag, and what it takes."""

    def error(self, message: str) -> NoReturn:
        """End with exit status 2."""
        self.exit(2, f"{self.format_usage()}error: {message}.{_advice(message)}\n")


class FlagsParser(Parser):
    """Of flags within a flag: what is wrong is raised, for whoever knows where they stand."""

    def error(self, message: str) -> NoReturn:
        """Raise RequestError in the name of the flag that the message is about, if it is."""
        named = re.match(r"argument --([\w-]+): ", message)
        reason = f"{message.removeprefix(named.group(0) if named else '')}.{_advice(message)}"
        raise RequestError(named.group(1).replace("-", "_") if named else "flags", "", reason)


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


def no_such_flag(unknown: Sequence[str], usage: str) -> RequestError:
    """The first of these arguments that a parser did not know; its usage names those it does."""
    flag, _, value = unknown[0].partition("=")
    given = value or " ".join(unknown[1:2])
    known = dict.fromkeys(re.findall(r"--[\w-]+", usage))
    return RequestError(flag, given, "there is no such flag.", known)


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


def _advice(message: str) -> str:
    """The valid values of the flag that a message of argparse is about."""
    found = re.match(r"argument --([\w-]+)", message)
    field = found.group(1).replace("-", "_") if found else ""
    if field not in FIELDS:
        return ""
    valid = ", ".join(valid_values(field)) or "any text"
    return f" Valid: {valid}. A value that begins with a dash is written {flag_of(field)}=VALUE."
