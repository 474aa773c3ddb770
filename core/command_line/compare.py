"""`compare`: measure two variants in turns, or hold two stored runs against each other."""

import argparse
from collections.abc import Sequence

from core.analysis.comparing.ab import judge
from core.analysis.comparing.ab_document import comparison_document
from core.command_line.compare_report import print_comparison
from core.command_line.compare_sides import Asked, asked
from core.command_line.outcome import say_failure
from core.command_line.output import print_json, say
from core.command_line.prices import price_for
from core.command_line.run import Teller, status_of, uncompiled_twin
from core.jobs.manager import JobManager
from core.results.types import Outcome, RunFailure, RunResult
from core.variants.environment import read_environment
from core.variants.pairing import PairPlan, Side, build_plan

PLAN = tuple(PairPlan.model_fields)


def compare_command(chosen: argparse.Namespace) -> int:
    """0 for a verdict, 2 for a side that its request made impossible, 1 for any other failure."""
    device, price = read_environment().default_device, price_for(chosen.price_per_hour)
    given = {field: getattr(chosen, field) for field in PLAN}
    plan = build_plan({field: value for field, value in given.items() if value is not None})
    a, b = (asked(side, getattr(chosen, side), chosen.flags_of, device) for side in Side)
    outcomes = _stored_results(a, b) if a.stored and b.stored and not chosen.again else None
    first, second = outcomes or _measure(a, b, plan)
    for outcome in (first, second):
        if isinstance(outcome, RunFailure):
            say_failure(outcome)
    if chosen.json:
        sides = [(one, price(one), uncompiled_twin(one.spec)) for one in (first, second)]
        print_json(comparison_document(*sides))
    elif isinstance(first, RunResult) and isinstance(second, RunResult):
        print_comparison(first, second, judge(first, second))
    return _status((first, second))


def _stored_results(a: Asked, b: Asked) -> tuple[Outcome, Outcome]:
    return a.result, b.result


def _measure(a: Asked, b: Asked, plan: PairPlan) -> tuple[Outcome, Outcome]:
    with JobManager() as jobs:
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
