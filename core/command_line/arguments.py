"""The flags: those of `run` are the field names of the specs, made from the specs themselves."""

import argparse
import re
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any, NoReturn

from core.command_line.environment import environment_command
from core.command_line.history import history_command
from core.command_line.models import models_command
from core.command_line.recommend import recommend_command
from core.command_line.run import run_command
from core.command_line.sweep import sweep_command
from core.command_line.sweep_flags import FLAGS, SWITCHES
from core.errors import RequestError
from core.variants.axes import AXES
from core.variants.request import FIELDS, plain_type, valid_values

Command = Callable[[argparse.Namespace], int]
METAVARS = {"task": "FILE"}
RECOMMEND = (
    ("--ask", "TEXT", "such as “at most 50 ms per token, 1 GB, cheapest”"),
    ("--pareto", "METRIC,METRIC[,METRIC]", "also the Pareto set of two or three metrics"),
    ("--scope", "SCOPE", "which runs, by a key that --scopes lists (default: the newest run's)"),
    ("--trust", "A|B|C", "the worst trust grade that may enter (default: B)"),
)


class Parser(argparse.ArgumentParser):
    """Says what is wrong as RequestError does: the flag, and what it takes."""

    def error(self, message: str) -> NoReturn:
        """End with exit status 2."""
        self.exit(2, f"{self.format_usage()}error: {message}.{_advice(message)}\n")


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What was asked; `command` is the function that carries it out.

    Raises RequestError for an unknown flag; ends the program for other misuse, and for --help.
    """
    chosen, unknown = make_parser().parse_known_args(arguments)
    if unknown:
        known = re.findall(r"--[\w-]+", chosen.usage)
        flag, _, value = unknown[0].partition("=")
        given = value or " ".join(unknown[1:2])
        raise RequestError(flag, given, "there is no such flag.", dict.fromkeys(known))
    return chosen


def make_parser() -> Parser:
    """The parser of all commands; each sets `command` to the function that carries it out."""
    parser = Parser(
        prog="python -m core",
        description="Measure what makes LLM inference cheap and fast on this machine.",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    adders = (_add_run, _add_sweep, _add_models, _add_environment, _add_history, _add_recommend)
    for add in adders:
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


def _add_sweep(commands: Any) -> Parser:
    summary = "Measure a grid: a flag of a field takes several values with commas between them."
    sweep = _add(commands, "sweep", summary, sweep_command)
    for field in FIELDS:
        _add_field(sweep, field)
    for flag, metavar, text in FLAGS:
        sweep.add_argument(flag, metavar=metavar, help=text)
    for flag, text in SWITCHES:
        sweep.add_argument(flag, action="store_true", help=text)
    text = "measure a few tiny runs first, where nothing tells how long cells take (default: on)"
    sweep.add_argument("--trial", action=argparse.BooleanOptionalAction, default=True, help=text)
    _add_price(sweep)
    return sweep


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


def _add_recommend(commands: Any) -> Parser:
    summary = "Choose among stored runs: by a question in constraints, or as a Pareto set."
    added = _add(commands, "recommend", summary, recommend_command)
    for flag, metavar, text in RECOMMEND:
        added.add_argument(flag, metavar=metavar, help=text)
    text = "list what can be chosen among: questions on a machine, and sweeps"
    added.add_argument("--scopes", action="store_true", help=text)
    _add_price(added)
    return added


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
