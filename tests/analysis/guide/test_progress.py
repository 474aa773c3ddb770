"""How far the guide is, by what the history has: of this environment, whoever measured it."""

from pathlib import Path

import pytest

from core.analysis.guide.progress import StepState, baseline_of, next_step, states
from core.analysis.guide.steps import BASELINE, STEPS, Step
from core.errors import FailureKind
from core.results.history import History
from core.results.identity import present_environment_id
from core.results.measured import Phase
from core.results.types import RunResult, now
from tests.results.conftest import sql
from tests.samples import a_cpu, a_failure, a_result, a_run_environment, an_environment

HERE = an_environment(a_cpu())
HALF = STEPS[1]


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "history.sqlite3")


def found(history: History, of: str | None = None) -> dict[str, StepState]:
    return {one.step.key: one for one in states(history, HERE, "cpu", of)}


def measured(step: Step, run_id: str, minute: int = 0) -> RunResult:
    return a_result(run_id, step.spec("cpu"), minute=minute)


def test_an_empty_history_begins_with_the_baseline(history: History) -> None:
    steps = states(history, HERE, "cpu", None)
    assert [one.step for one in steps] == list(STEPS)
    assert baseline_of(steps) is None
    coming = next_step(steps)
    assert coming is not None
    assert coming.step is BASELINE
    assert not any(one.over for one in steps)


def test_runs_made_elsewhere_count_and_the_newest_one_is_shown(history: History) -> None:
    history.finish(measured(BASELINE, "run-1"))
    history.finish(measured(BASELINE, "run-2", minute=1))
    history.finish(measured(HALF, "run-3", minute=2))
    steps = states(history, HERE, "cpu", None)
    base = baseline_of(steps)
    assert base is not None
    assert base.run_id == "run-2"
    coming = next_step(steps)
    assert coming is not None
    assert coming.step is STEPS[2]


def test_other_questions_and_deleted_runs_do_not_count(history: History) -> None:
    history.finish(a_result("run-1"))  # 32 tokens
    history.finish(measured(BASELINE, "run-2"))
    history.delete(["run-2"])
    assert found(history)["baseline"].result is None


def test_only_runs_of_this_environment_count(history: History) -> None:
    other = a_run_environment().model_copy(update={"device_name": "Another CPU"})
    run = measured(BASELINE, "run-1").model_copy(update={"environment": other})
    history.finish(run)
    here = present_environment_id(HERE, "cpu")
    assert found(history, here)["baseline"].result is None
    assert found(history)["baseline"].result == run
    history.finish(measured(BASELINE, "run-2", minute=1))
    mine = found(history, here)["baseline"].result
    assert mine is None or mine.run_id == "run-2"


def test_a_failed_step_can_be_tried_again_and_a_later_result_wins(history: History) -> None:
    history.finish(a_failure("run-1", HALF.spec("cpu"), kind=FailureKind.CANCELLED))
    state = found(history)["half"]
    assert state.failure is not None
    assert state.failure.kind is FailureKind.CANCELLED
    assert not state.over
    history.finish(measured(HALF, "run-2", minute=1))
    history.finish(a_failure("run-3", HALF.spec("cpu"), minute=2))
    state = found(history)["half"]
    assert state.result is not None
    assert state.failure is None


def test_a_queued_run_is_active(history: History) -> None:
    history.add("run-1", BASELINE.spec("cpu"), now())
    assert found(history)["baseline"].active_id == "run-1"
    history.set_phase("run-1", Phase.MEASURING)
    assert found(history)["baseline"].active_id == "run-1"


def test_what_cannot_run_here_is_left_out_with_the_reason(history: History) -> None:
    steps = states(history, HERE, "cuda:0", None)
    assert all(one.problem and one.over for one in steps)
    assert next_step(steps) is None


def test_a_damaged_result_is_as_none(history: History) -> None:
    history.finish(measured(BASELINE, "run-1"))
    sql(history, "UPDATE runs SET outcome = '{'")
    assert found(history)["baseline"].result is None
