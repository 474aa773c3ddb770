"""`compare`: measure two variants in turns, or hold two stored runs against each other."""

import argparse
from collections.abc import Sequence

from core.analysis.comparing.ab import judge
from core.analysis.comparing.ab_document import comparison_document
from core.command_line.compare_report import print_comparison
from core.command_line.compare_sides import asked, names_a_run
from core.command_line.executors import add_executor, open_jobs
from core.command_line.flags import flag_of, run_flags
from core.command_line.outcome import say_failure
from core.command_line.output import print_json, say
from core.command_line.parser import Parser
from core.command_line.prices import add_price, price_for
from core.command_line.run import Teller, status_of, uncompiled_twin
from core.results.types import Outcome, RunFailure, RunResult
from core.variants.pairing import PairPlan, Side, build_plan

PLAN = tuple(PairPlan.model_fields)


def add_flags(parser: Parser) -> None:
    """The two sides, and how they are measured in turns."""
    parser.set_defaults(flags_of=run_flags)
    for side in Side:
        text = f"side {side.upper()}: flags as run takes them, in quotes, or the id of a stored run"
        parser.add_argument(f"--{side}", metavar="FLAGS|RUN_ID", required=True, help=text)
    for field in PLAN:
        info = PairPlan.model_fields[field]
        text = f"{info.description} (default: {info.default})".replace("%", "%%")
        parser.add_argument(flag_of(field), metavar=field.upper(), help=text)
    again = "measure in turns what two stored runs were asked for, instead of comparing them"
    parser.add_argument("--again", action="store_true", help=again)
    add_executor(parser)
    add_price(parser)


def compare_command(chosen: argparse.Namespace) -> int:
    """0 for a verdict, 2 for a side that its request made impossible, 1 for any other failure."""
    price = price_for(chosen.price_per_hour)
    given = {field: getattr(chosen, field) for field in PLAN}
    plan = build_plan({field: value for field, value in given.items() if value is not None})
    first, second = _stored(chosen) or _measured(chosen, plan)
    for outcome in (first, second):
        if isinstance(outcome, RunFailure):
            say_failure(outcome)
    if chosen.json:
        sides = [(one, price(one), uncompiled_twin(one.spec)) for one in (first, second)]
        print_json(comparison_document(*sides))
    elif isinstance(first, RunResult) and isinstance(second, RunResult):
        print_comparison(first, second, judge(first, second))
    return _status((first, second))


def _stored(chosen: argparse.Namespace) -> tuple[Outcome, Outcome] | None:
    """Two stored runs as they are; None where something is to be measured."""
    texts = [getattr(chosen, side) for side in Side]
    if chosen.again or not all(map(names_a_run, texts)):
        return None
    a, b = (asked(side, text, chosen.flags_of, "") for side, text in zip(Side, texts, strict=True))
    return a.result, b.result


def _measured(chosen: argparse.Namespace, plan: PairPlan) -> tuple[Outcome, Outcome]:
    with open_jobs(chosen) as jobs:
        device = jobs.environment().default_device
        a, b = (asked(side, getattr(chosen, side), chosen.flags_of, device) for side in Side)
        run_ids = jobs.submit_pair(a.spec, b.spec, plan)
        first = jobs.wait(run_ids[0], Teller())
        second = jobs.wait(run_ids[1])
        snapshots = [jobs.snapshot(run_id) for run_id in run_ids]
    for snapshot in snapshots:
        if snapshot and snapshot.unsaved:
            say(f"warning: run {snapshot.run_id} is not in the history: {snapshot.unsaved}")
    return first, second


def _status(outcomes: Sequence[Outcome]) -> int:
    return max(status_of(outcome) for outcome in outcomes)
