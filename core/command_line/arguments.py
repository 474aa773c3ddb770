"""The flags: those of `run` are the field names of the specs, made from the specs themselves."""

import argparse
from enum import StrEnum
from typing import Any

from core.command_line.environment import environment_command
from core.command_line.history import history_command
from core.command_line.models import models_command
from core.command_line.run import run_command
from core.variants.request import FIELDS, plain_type, valid_values


def make_parser() -> argparse.ArgumentParser:
    """The parser of all commands; each sets `command` to the function that carries it out."""
    parser = argparse.ArgumentParser(
        prog="python -m core",
        description="Measure what makes LLM inference cheap and fast on this machine.",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_run(commands)
    _add(commands, "models", "List the models that can be picked.", models_command)
    _add(commands, "environment", "Show devices and what can run here.", environment_command)
    _add_history(commands)
    return parser


def _add(commands: Any, name: str, summary: str, command: Any) -> argparse.ArgumentParser:
    added: argparse.ArgumentParser = commands.add_parser(
        name, help=summary, description=summary, allow_abbrev=False
    )
    added.add_argument("--json", action="store_true", help="print one JSON document")
    added.set_defaults(command=command)
    return added


def _add_run(commands: Any) -> None:
    run = _add(commands, "run", "Measure one run and store it in the history.", run_command)
    for field in FIELDS:
        _add_field(run, field)
    run.add_argument(
        "--price-per-hour",
        metavar="USD",
        help="what this machine costs, for the cost figures (default: from the price table)",
    )


def _add_field(run: argparse.ArgumentParser, field: str) -> None:
    """A flag for one field. Values stay text here: the specs judge them, for all doors alike."""
    info, flag = FIELDS[field], "--" + field.replace("_", "-")
    kind = plain_type(info.annotation)
    if kind is bool:
        run.add_argument(
            flag, action=argparse.BooleanOptionalAction, default=None, help=info.description
        )
        return
    closed = isinstance(kind, type) and issubclass(kind, StrEnum)
    run.add_argument(
        flag,
        metavar="|".join(valid_values(field)) if closed else field.upper(),
        help=f"{info.description} (default: {_default(field)})".replace("%", "%%"),
    )


def _default(field: str) -> str:
    if field == "device":
        return "the first GPU, else cpu"
    default = FIELDS[field].default
    return "none" if default is None else str(default)


def _add_history(commands: Any) -> None:
    history = _add(commands, "history", "List, show or export stored runs.", history_command)
    history.add_argument("--run", metavar="RUN_ID", help="show everything stored of one run")
    history.add_argument(
        "--csv", metavar="FILE", help="write all runs as CSV; - for standard output"
    )
