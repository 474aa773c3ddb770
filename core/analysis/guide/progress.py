"""How far the guide is: read from the history, so that every tab, and a shell, tell the same."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.analysis.guide.steps import STEPS, Step
from core.errors import HistoryError
from core.results.choosing import RunOfSpec
from core.results.columns import DONE, QUEUED, RUNNING
from core.results.history import History
from core.results.types import RunFailure, RunResult
from core.variants.environment import Environment
from core.variants.spec import RunSpec


@dataclass(frozen=True)
class StepState:
    """A step as it stands: `result` once it was measured, `active_id` while a run of it is queued
    or goes on, `failure` where its newest run has none, `problem` where it cannot run here.
    """

    step: Step
    spec: RunSpec
    result: RunResult | None = None
    active_id: str | None = None
    failure: RunFailure | None = None
    problem: str | None = None

    @property
    def over(self) -> bool:
        """Whether there is nothing to do about it: it is measured, or cannot run here."""
        return self.result is not None or self.problem is not None


def states(
    history: History, environment: Environment, device: str, environment_id: str | None
) -> tuple[StepState, ...]:
    """Every step on that device, by the runs that were measured in that environment, or in any.

    Runs of another machine or of other packages are not held against each other here.
    """
    specs = [step.spec(device) for step in STEPS]
    found = history.runs_of_each([spec.id for spec in specs])
    return tuple(
        _state(history, environment, step, spec, _of_environment(found[spec.id], environment_id))
        for step, spec in zip(STEPS, specs, strict=True)
    )


def baseline_of(found: Sequence[StepState]) -> RunResult | None:
    """What the levers are held against, once it was measured."""
    return found[0].result


def next_step(found: Sequence[StepState]) -> StepState | None:
    """The first step that is still to be done."""
    return next((state for state in found if not state.over), None)


def _of_environment(runs: Sequence[RunOfSpec], environment_id: str | None) -> list[RunOfSpec]:
    """Those that were measured there; what has no result yet may still come to be."""
    return [
        run for run in runs if run.status != DONE or environment_id in (None, run.environment_id)
    ]


def _state(
    history: History,
    environment: Environment,
    step: Step,
    spec: RunSpec,
    runs: Sequence[RunOfSpec],
) -> StepState:
    """By the newest run, and by the newest measured one before it."""
    active = next((run.run_id for run in runs[:1] if run.status in (QUEUED, RUNNING)), None)
    measured = next((_outcome(history, run.run_id) for run in runs if run.status == DONE), None)
    if isinstance(measured, RunResult):
        return StepState(step, spec, measured, active)
    problem = step.problem(spec.variant.device, environment)
    if problem is not None:
        return StepState(step, spec, problem=problem.reason)
    failed = _outcome(history, runs[0].run_id) if runs and not active else None
    failure = failed if isinstance(failed, RunFailure) else None
    return StepState(step, spec, None, active, failure)


def _outcome(history: History, run_id: str) -> RunResult | RunFailure | None:
    """How a run ended; None where what is stored of it is damaged."""
    try:
        stored = history.get(run_id)
    except HistoryError:
        return None
    return stored.outcome if stored else None
