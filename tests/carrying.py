"""Lets an executor carry out a run, or a pair of runs, that nobody has submitted."""

from core.jobs.executor import Executor, OnProgress
from core.jobs.protocol import PairCommand, Progress, RunCommand
from core.results.types import Outcome, now
from core.variants.pairing import PairPlan
from core.variants.spec import RunSpec


def ignore(_: Progress) -> None:
    """For tasks whose progress is of no interest."""


def run(
    executor: Executor, run_id: str, spec: RunSpec, on_progress: OnProgress = ignore
) -> Outcome:
    """How the run ends."""
    (outcome,) = executor.carry_out(_task(run_id, spec), on_progress)
    return outcome


def run_pair(
    executor: Executor,
    run_ids: tuple[str, str],
    specs: tuple[RunSpec, RunSpec],
    plan: PairPlan,
    on_progress: OnProgress = ignore,
) -> tuple[Outcome, Outcome]:
    """How A and B end."""
    a, b = (_task(run_id, spec) for run_id, spec in zip(run_ids, specs, strict=True))
    first, second = executor.carry_out(PairCommand(a=a, b=b, plan=plan), on_progress)
    return first, second


def _task(run_id: str, spec: RunSpec) -> RunCommand:
    return RunCommand(run_id=run_id, spec=spec, submitted_at=now())
