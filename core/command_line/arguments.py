"""The commands and what they take."""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from core.command_line.batching import batching_command
from core.command_line.batching_flags import add_batching_flags, add_measuring_flags
from core.command_line.claims import claims_command
from core.command_line.compare import PLAN, compare_command
from core.command_line.environment import environment_command
from core.command_line.flags import Parser, add_field, flag_of, no_such_flag, run_flags
from core.command_line.history import history_command
from core.command_line.models import models_command
from core.command_line.recommend import recommend_command
from core.command_line.run import run_command
from core.command_line.sweep import sweep_command
from core.command_line.sweep_flags import FLAGS, SWITCHES
from core.variants.pairing import PairPlan, Side
from core.variants.request import FIELDS

Command = Callable[[argparse.Namespace], int]
SIDES = tuple(f"--{side}" for side in Side)
RECOMMEND = (
    ("--ask", "TEXT", "such as “at most 50 ms per token, 1 GB, cheapest”"),
    ("--pareto", "METRIC,METRIC[,METRIC]", "also the Pareto set of two or three metrics"),
    ("--scope", "SCOPE", "which runs, by a key that --scopes lists (default: the newest run's)"),
    ("--trust", "A|B|C", "the worst trust grade that may enter (default: B)"),
    (
        "--machine",
        "NAME",
        "only runs of the hardware or host of that name (default: all, and said)",
    ),
)


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What was asked; `command` is the function that carries it out.

    Raises RequestError for an unknown flag; ends the program for other misuse, and for --help.
    """
    given = sys.argv[1:] if arguments is None else arguments
    chosen, unknown = make_parser().parse_known_args(list(_with_sides(given)))
    if unknown:
        raise no_such_flag(unknown, chosen.usage)
    return chosen


def _with_sides(arguments: Sequence[str]) -> Iterator[str]:
    """The arguments with a side's flags joined to it, as in `--a=--no-quality`: apart, argparse
    would take them for flags of its own.
    """
    rest = iter(arguments)
    for argument in rest:
        flags = next(rest, None) if argument in SIDES and "compare" in arguments[:1] else None
        yield argument if flags is None else f"{argument}={flags}"


def make_parser() -> Parser:
    """The parser of all commands; each sets `command` to the function that carries it out."""
    parser = Parser(
        prog="python -m core",
        description="Measure what makes LLM inference cheap and fast on this machine.",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    adders = (
        _add_run, _add_compare, _add_sweep, _add_batching, _add_claims, _add_models,
        _add_environment, _add_history, _add_recommend,
    )  # fmt: skip
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
        add_field(run, field)
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
        compare.add_argument(flag_of(field), metavar=field.upper(), help=text)
    again = "measure in turns what two stored runs were asked for, instead of comparing them"
    compare.add_argument("--again", action="store_true", help=again)
    _add_price(compare)
    return compare


def _add_sweep(commands: Any) -> Parser:
    summary = "Measure a grid: a flag of a field takes several values with commas between them."
    sweep = _add(commands, "sweep", summary, sweep_command)
    for field in FIELDS:
        add_field(sweep, field)
    for flag, metavar, text in FLAGS:
        sweep.add_argument(flag, metavar=metavar, help=text)
    for flag, text in SWITCHES:
        sweep.add_argument(flag, action="store_true", help=text)
    text = "measure a few tiny runs first, where nothing tells how long cells take (default: on)"
    sweep.add_argument("--trial", action=argparse.BooleanOptionalAction, default=True, help=text)
    _add_price(sweep)
    return sweep


def _add_batching(commands: Any) -> Parser:
    summary = "Simulate policies of batching under a load with a variant's steps, or serve it."
    batching = _add(commands, "batching", summary, batching_command)
    add_batching_flags(batching)
    add_measuring_flags(batching)
    _add_price(batching)
    return batching


def _add_claims(commands: Any) -> Parser:
    summary = "List the claims with their verdicts, or put some of them on trial."
    claims = _add(commands, "claims", summary, claims_command)
    claims.add_argument("--list", action="store_true", help="list them; as without any flag")
    claims.add_argument("--run", metavar="NUMBERS", help="try these here and now: 1,3 or all")
    claims.add_argument("--resume", metavar="ID", help="go on with a trial that was stopped")
    claims.add_argument(
        "--thorough", action="store_true", help="trials of up to about 10 minutes each"
    )
    claims.add_argument("--device", metavar="DEVICE", help="where (default: the first GPU or cpu)")
    return claims


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
