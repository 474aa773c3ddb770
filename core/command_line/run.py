"""`run`: submit a spec, follow it on stderr, print the result."""

import argparse
from typing import Any

from core.analysis.cost import cost_metrics, default_price, parse_price
from core.analysis.document import document
from core.analysis.effective import effective_differences
from core.command_line.output import print_json, print_table, say
from core.errors import FailureKind
from core.jobs.job import JobSnapshot
from core.jobs.manager import JobManager
from core.results.format import show
from core.results.metrics import METRICS
from core.results.naming import long_name
from core.results.types import Outcome, Phase, RunFailure, RunResult
from core.variants.environment import read_environment
from core.variants.request import FIELDS, build_spec
from core.variants.spec import RunSpec


def run_command(chosen: argparse.Namespace) -> int:
    """0 for a result, 2 for a run that its request made impossible, 1 for any other failure."""
    environment = read_environment()
    spec = spec_of(chosen, environment.default_device)
    price = (
        default_price(environment, spec.variant.device).usd_per_hour
        if chosen.price_per_hour is None
        else parse_price(chosen.price_per_hour)
    )
    outcome = _carry_out(spec)
    if chosen.json:
        print_json(document(outcome, price))
    elif isinstance(outcome, RunResult):
        _print_result(outcome, price)
    return _status(outcome)


def spec_of(chosen: argparse.Namespace, default_device: str) -> RunSpec:
    """The spec that the flags ask for; raises RequestError for what no field takes."""
    given = {field: getattr(chosen, field) for field in FIELDS}
    values = {field: value for field, value in given.items() if value is not None}
    return build_spec({"device": default_device, **values})


def _carry_out(spec: RunSpec) -> Outcome:
    with JobManager() as jobs:
        run_id = jobs.submit(spec)
        outcome = jobs.wait(run_id, _Teller())
        snapshot = jobs.snapshot(run_id)
    if snapshot and snapshot.unsaved:
        say(f"warning: the run is not in the history: {snapshot.unsaved}")
    if isinstance(outcome, RunFailure):
        say(f"error: {outcome.kind}: {outcome.message}")
    return outcome


class _Teller:
    """Says each phase once, and each place in the queue."""

    def __init__(self) -> None:
        self._last: tuple[Phase, int | None] | None = None

    def __call__(self, snapshot: JobSnapshot) -> None:
        """Say where the job is, if that is news."""
        news = (snapshot.phase, snapshot.place)
        if news == self._last:
            return
        self._last = news
        place = f" at place {snapshot.place}" if snapshot.place else ""
        phase = str(snapshot.phase).replace("_", " ")
        detail = f" ({snapshot.detail})" if snapshot.detail else ""
        say(f"{snapshot.elapsed_s:7.1f} s  {phase}{place}{detail}")


def _status(outcome: Outcome) -> int:
    if isinstance(outcome, RunResult):
        return 0
    refused = outcome.kind is FailureKind.UNSUPPORTED and outcome.field is not None
    return 2 if refused else 1


def _print_result(result: RunResult, price: float) -> None:
    print(f"{result.run_id}  {long_name(result.spec)}")
    metrics = (*METRICS, *cost_metrics(price))
    print_table((metric.label, show(metric.read(result), metric.unit)) for metric in metrics)
    print_table(_notes(result))
    print(f"\n{result.output.text}")


def _notes(result: RunResult) -> list[tuple[Any, ...]]:
    notes = [("Trust", str(result.trust.grade))]
    notes += [("", reason) for reason in result.trust.reasons]
    notes += [("Not as asked", difference) for difference in effective_differences(result)]
    if result.quality_missing:
        notes.append(("No quality", result.quality_missing))
    return list(notes)
