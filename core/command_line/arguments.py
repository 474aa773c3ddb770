"""The commands, and which module carries out each.

Only the module of the command that is asked for is imported: each brings what it needs, and a list
of models should not wait for what draws up sweeps.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module

from core.command_line.parser import Parser, no_such_flag

COMMANDS = {
    "run": "Measure one run and store it in the history.",
    "compare": "Measure two variants in turns A B B A, or hold two stored runs against each other.",
    "sweep": "Measure a grid: a flag of a field takes several values with commas between them.",
    "batching": "Simulate policies of batching under a load with a variant's steps, or serve it.",
    "claims": "List the claims with their verdicts, or put some of them on trial.",
    "models": "List the models that can be picked.",
    "environment": "Show devices and what can run here.",
    "history": "List, show or export stored runs.",
    "recommend": "Choose among stored runs: by a question in constraints, or as a Pareto set.",
    "report": "What one stored run saves over another in a month: HTML to show, JSON, or words.",
}
"""Each command's summary. Its module `core.command_line.NAME` has `NAME_command`, which carries it
out, and `add_flags`."""
SIDES = ("--a", "--b")


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What was asked; `command` is the function that carries it out.

    Raises RequestError for an unknown flag; ends the program for other misuse, and for --help.
    """
    given = sys.argv[1:] if arguments is None else arguments
    asked = [name for name in given[:1] if name in COMMANDS]
    chosen, unknown = make_parser(asked).parse_known_args(list(_with_sides(given)))
    if unknown:
        raise no_such_flag(unknown, chosen.usage)
    return chosen


def make_parser(complete: Sequence[str] = tuple(COMMANDS)) -> Parser:
    """The parser of all commands; those that are `complete` take their flags, and each of them sets
    `command` to the function that carries it out.
    """
    parser = Parser(
        prog="python -m core",
        description="Measure what makes LLM inference cheap and fast on this machine.",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for name, summary in COMMANDS.items():
        added = commands.add_parser(name, help=summary, description=summary, allow_abbrev=False)
        if name in complete:
            _complete(added, name)
    return parser


def _complete(parser: Parser, name: str) -> None:
    module = import_module(f"core.command_line.{name}")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    module.add_flags(parser)
    parser.set_defaults(command=getattr(module, f"{name}_command"), usage=parser.format_usage())


def _with_sides(arguments: Sequence[str]) -> Iterator[str]:
    """The arguments with a side's flags joined to it, as in `--a=--no-quality`: apart, argparse
    would take them for flags of its own.
    """
    rest = iter(arguments)
    for argument in rest:
        flags = next(rest, None) if argument in SIDES and "compare" in arguments[:1] else None
        yield argument if flags is None else f"{argument}={flags}"
