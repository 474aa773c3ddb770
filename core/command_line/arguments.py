"""The flags: those of `run` are the field names of the specs, made from the specs themselves."""

import argparse
import re
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from typing import Any, NoReturn

from core.command_line.compare import PLAN, compare_command
from core.command_line.environment import environment_command
from core.command_line.history import history_command
from core.command_line.models import models_command
from core.command_line.run import run_command
from core.errors import RequestError
from core.variants.axes import AXES
from core.variants.pairing import PairPlan, Side
from core.variants.request import FIELDS, plain_type, valid_values

Command = Callable[[argparse.Namespace], int]
METAVARS = {"task": "FILE"}
SIDES = tuple(f"--{side}" for side in Side)


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


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What was asked; `command` is the function that carries it out.

    Raises RequestError for an unknown flag; ends the program for other misuse, and for --help.
    """
    given = sys.argv[1:] if arguments is None else arguments
    chosen, unknown = make_parser().parse_known_args(list(_with_sides(given)))
    if unknown:
        raise _no_such_flag(unknown, chosen.usage)
    return chosen


def _with_sides(arguments: Sequence[str]) -> Iterator[str]:
    """The arguments with a side's flags joined to it, as in `--a=--no-quality`: apart, argparse
    would take them for flags of its own.
    """
    rest = iter(arguments)
    for argument in rest:
        flags = next(rest, None) if argument in SIDES and "compare" in arguments[:1] else None
        yield argument if flags is None else f"{argument}={flags}"


def run_flags(text: str) -> argparse.Namespace:
    """Flags of `run` as one text; raises RequestError for what is none of them."""
    parser = FlagsParser(prog="", add_help=False, allow_abbrev=False)
    for field in FIELDS:
        _add_field(parser, field)
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise RequestError("flags", text, f"the text cannot be read: {error}.") from None
    chosen, unknown = parser.parse_known_args(words)
    if unknown:
        raise _no_such_flag(unknown, parser.format_usage())
    return chosen


def _no_such_flag(unknown: Sequence[str], usage: str) -> RequestError:
    flag, _, value = unknown[0].partition("=")
    given = value or " ".join(unknown[1:2])
    known = dict.fromkeys(re.findall(r"--[\w-]+", usage))
    return RequestError(flag, given, "there is no such flag.", known)


def make_parser() -> Parser:
    """The parser of all commands; each sets `command` to the function that carries it out."""
    parser = Parser(
        prog="python -m core",
        description="Measure what makes LLM inference cheap and fast on this machine.",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for add in (_add_run, _add_compare, _add_models, _add_environment, _add_history):
        added = add(commands)
        added.set_defaults(usage=added.format_usage())
    return parser


def _add(commands: Any, name: str, summary: str, command: Command) -> Parser:
    added: Parser = commands.add_parser(name, help=summary, description=summary, allow_abbrev=False)
    added.add_argument("--json", action="store_true", help="print one JSON document")
    added.set_defaults(command=command)
    return added


def _add_run(commands: Any) -> Parser:
    run = _add(commands, "run", "Measure one run and store it in the history.", run_command)
    for field in FIELDS:
        _add_field(run, field)
    _add_price(run)
    return run


def _add_compare(commands: Any) -> Parser:
    summary = "Measure two variants in turns A B B A, or hold two stored runs against each other."
    compare = _add(commands, "compare", summary, compare_command)
    compare.set_defaults(flags_of=run_flags)
    for side in Side:
        text = f"side {side.upper()}: flags as run takes them, in quotes, or the id of a stored run"
        compare.add_argument(f"--{side}", metavar="FLAGS|RUN_ID", required=True, help=text)
    for field in PLAN:
        info = PairPlan.model_fields[field]
        text = f"{info.description} (default: {info.default})".replace("%", "%%")
        compare.add_argument(_flag(field), metavar=field.upper(), help=text)
    again = "measure in turns what two stored runs were asked for, instead of comparing them"
    compare.add_argument("--again", action="store_true", help=again)
    _add_price(compare)
    return compare


def _add_models(commands: Any) -> Parser:
    return _add(commands, "models", "List the models that can be picked.", models_command)


def _add_environment(commands: Any) -> Parser:
    summary = "Show devices and what can run here."
    return _add(commands, "environment", summary, environment_command)


def _add_history(commands: Any) -> Parser:
    history = _add(commands, "history", "List, show or export stored runs.", history_command)
    history.add_argument("--run", metavar="RUN_ID", help="only this run, and all that is stored")
    history.add_argument("--csv", metavar="FILE", help="write CSV to this file; - is stdout")
    _add_price(history)
    return history


def _add_price(parser: Parser) -> None:
    parser.add_argument(
        "--price-per-hour",
        metavar="USD",
        help="what the machine costs (default: by its device, from the price table)",
    )


def _add_field(run: Parser, field: str) -> None:
    """A flag for one field. Values stay text here: the specs judge them, for all doors alike."""
    kind = plain_type(FIELDS[field].annotation)
    if kind is bool:
        text = _help(field)
        run.add_argument(_flag(field), action=argparse.BooleanOptionalAction, help=text)
        return
    if field == "stop_strings":
        run.add_argument(_flag(field), action="append", metavar="TEXT", help=_help(field))
        return
    closed = isinstance(kind, type) and issubclass(kind, StrEnum)
    metavar = "|".join(valid_values(field)) if closed else METAVARS.get(field, field.upper())
    run.add_argument(_flag(field), metavar=metavar, help=_help(field))


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


def _flag(field: str) -> str:
    return "--" + field.replace("_", "-")


def _advice(message: str) -> str:
    """The valid values of the flag that a message of argparse is about."""
    found = re.match(r"argument --([\w-]+)", message)
    field = found.group(1).replace("-", "_") if found else ""
    if field not in FIELDS:
        return ""
    valid = ", ".join(valid_values(field)) or "any text"
    return f" Valid: {valid}. A value that begins with a dash is written {_flag(field)}=VALUE."
