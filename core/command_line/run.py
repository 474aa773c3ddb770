"""`run`: submit a spec, follow it on stderr, print the result."""

import argparse
import contextlib

from core.analysis.document import document
from core.command_line.executors import add_executor, open_jobs
from core.command_line.flags import add_field
from core.command_line.outcome import print_result, say_failure
from core.command_line.output import print_json, say
from core.command_line.parser import Parser
from core.command_line.prices import add_price, price_for
from core.command_line.task_file import task_content
from core.errors import FailureKind, HistoryError
from core.jobs.job import JobSnapshot
from core.jobs.manager import JobManager
from core.results.history import History
from core.results.measured import Phase
from core.results.types import Outcome, RunFailure, RunResult
from core.variants.request import FIELDS, build_spec
from core.variants.spec import RunSpec
from core.variants.stop_strings import typed


def add_flags(parser: Parser) -> None:
    """A flag for each field of a spec, and those of the command itself."""
    for field in FIELDS:
        add_field(parser, field)
    add_executor(parser)
    add_price(parser)


def run_command(chosen: argparse.Namespace) -> int:
    """0 for a result, 2 for a run that its request made impossible, 1 for any other failure."""
    price = price_for(chosen.price_per_hour)
    with open_jobs(chosen) as jobs:
        spec = spec_of(chosen, jobs.environment().default_device)
        outcome = _carry_out(spec, jobs)
    if isinstance(outcome, RunFailure):
        say_failure(outcome)
    if chosen.json:
        print_json(document(outcome, price(outcome), uncompiled_twin(spec)))
    elif isinstance(outcome, RunResult):
        print_result(outcome, price(outcome))
    return status_of(outcome)


def uncompiled_twin(spec: RunSpec) -> RunResult | None:
    """The same run uncompiled; None where none was measured or the history cannot be read."""
    with contextlib.suppress(HistoryError):
        return History().uncompiled_twin(spec)
    return None


def spec_of(chosen: argparse.Namespace, default_device: str) -> RunSpec:
    """The spec that the flags ask for; raises RequestError for what no field takes."""
    given = {field: getattr(chosen, field) for field in FIELDS}
    values = {field: value for field, value in given.items() if value is not None}
    if "task" in values:
        values["task"] = task_content(values["task"])
    if "stop_strings" in values:
        values["stop_strings"] = [typed(text) for text in values["stop_strings"]]
    return build_spec({"device": default_device, **values})


def _carry_out(spec: RunSpec, jobs: JobManager) -> Outcome:
    run_id = jobs.submit(spec)
    outcome = jobs.wait(run_id, Teller())
    snapshot = jobs.snapshot(run_id)
    if snapshot and snapshot.unsaved:
        say(f"warning: the run is not in the history: {snapshot.unsaved}")
    return outcome


class Teller:
    """Says each phase once, and each place in the queue."""

    def __init__(self) -> None:
        self._last: tuple[Phase, int | None, str | None] | None = None

    def __call__(self, snapshot: JobSnapshot) -> None:
        """Say where the job is, if that is news."""
        news = (snapshot.phase, snapshot.place, snapshot.slot)
        if news == self._last:
            return
        self._last = news
        place = f" at place {snapshot.place}" if snapshot.place else ""
        where = f" on {snapshot.slot}" if snapshot.slot and "/" in snapshot.slot else ""
        phase = str(snapshot.phase).replace("_", " ") + where
        detail = f" ({snapshot.detail})" if snapshot.detail else ""
        say(f"{snapshot.elapsed_s:7.1f} s  {phase}{place}{detail}")


def status_of(outcome: Outcome) -> int:
    """The exit status: 0 for a result, 2 for what the request made impossible, else 1."""
    if isinstance(outcome, RunResult):
        return 0
    refused = outcome.kind is FailureKind.UNSUPPORTED and outcome.field is not None
    return 2 if refused else 1
