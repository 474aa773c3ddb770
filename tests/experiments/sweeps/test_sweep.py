"""A sweep over a fake executor: order, reuse, failures, stop and resume, budgets."""

import itertools

import pytest

from core.errors import FailureKind, HistoryError, RequestError
from core.experiments.conductor import Conductor
from core.experiments.sweeps.cells import CellState
from core.experiments.sweeps.sweeps import Sweeps
from core.jobs.manager import JobManager
from core.results.experiments import ExperimentRun, ExperimentStatus
from core.results.measured import Phase
from core.variants.spec import RunSpec
from tests.experiments.sweeping import HERE, FailingExecutor, a_request, ended, swept
from tests.fake_executor import FakeExecutor
from tests.jobs.waiting import until


def runs_of(conductor: Conductor, key: str) -> tuple[ExperimentRun, ...]:
    return conductor.experiments.runs(key)


def test_every_cell_is_measured_and_linked_and_each_variant_comes_once(
    sweeps: Sweeps, conductor: Conductor, jobs: JobManager
) -> None:
    picture = swept(sweeps)
    assert picture.status is ExperimentStatus.DONE
    assert picture.count(CellState.DONE) == picture.total == 4
    linked = runs_of(conductor, picture.experiment_id)
    assert [run.run_id for run in linked] == [cell.run_id for cell in picture.cells]
    assert [run.label for run in linked] == [cell.spec.id for cell in picture.cells]
    stored = jobs.history.in_full(run.run_id for run in linked).runs
    assert all(run.status == "done" for run in stored)
    variants = [cell.spec.variant.id for cell in picture.cells]
    assert len(list(itertools.groupby(variants))) == 2
    batches = [cell.spec.workload.batch_size for cell in picture.cells]
    assert batches == [1, 4, 1, 4]


def test_measured_cells_are_reused_unless_fresh_ones_are_wanted(
    sweeps: Sweeps, executor: FakeExecutor, conductor: Conductor
) -> None:
    first = swept(sweeps, a_request(axes={"precision": ("fp32",), "batch_size": (1, 4)}))
    assert len(executor.started) == 2
    second = swept(sweeps)
    assert second.count(CellState.REUSED) == 2
    assert second.count(CellState.DONE) == 2
    assert len(executor.started) == 4
    reused = [run.run_id for run in runs_of(conductor, second.experiment_id) if run.reused]
    assert sorted(reused) == sorted(first.run_ids)
    third = swept(sweeps, a_request(fresh=True))
    assert third.count(CellState.DONE) == 4
    assert len(executor.started) == 8


def test_cells_measured_in_another_environment_are_not_reused(
    sweeps: Sweeps, executor: FakeExecutor
) -> None:
    swept(sweeps)
    upgraded = HERE.model_copy(update={"packages": {**HERE.packages, "torch": "9.9"}})
    assert swept(sweeps, environment=upgraded).count(CellState.DONE) == 4
    assert len(executor.started) == 8


def test_impossible_cells_are_listed_with_reasons_and_not_tried(
    sweeps: Sweeps, executor: FakeExecutor
) -> None:
    axes = {"precision": ("fp32",), "attention": ("sdpa", "flash_attention_2")}
    picture = swept(sweeps, a_request(axes=axes))
    (impossible,) = picture.prepared.cells.impossible
    assert impossible.values["attention"] == "flash_attention_2"
    assert impossible.reasons
    assert len(executor.started) == picture.count(CellState.DONE) == 1


def test_a_grid_of_which_nothing_can_run_is_refused(sweeps: Sweeps) -> None:
    with pytest.raises(RequestError, match="attention"):
        sweeps.start(a_request(axes={"attention": ("flash_attention_2",)}), HERE)
    assert sweeps.listed() == []


def is_bf16_batch_1(spec: RunSpec) -> bool:
    return spec.variant.precision == "bf16" and spec.workload.batch_size == 1


class TestFailures:
    @pytest.fixture
    def executor(self) -> FailingExecutor:
        return FailingExecutor(lambda spec: FailureKind.ERROR if is_bf16_batch_1(spec) else None)

    def test_a_failing_cell_is_a_row_and_the_sweep_goes_on(
        self, sweeps: Sweeps, jobs: JobManager
    ) -> None:
        picture = swept(sweeps)
        (failed,) = [cell for cell in picture.cells if cell.state is CellState.FAILED]
        assert is_bf16_batch_1(failed.spec)
        assert "error: " in failed.reason
        assert failed.run_id is not None
        stored = jobs.history.get(failed.run_id)
        assert stored is not None
        assert stored.status == "error"
        assert picture.status is ExperimentStatus.DONE
        assert picture.count(CellState.DONE) == 3

    def test_a_failure_of_its_own_is_not_tried_again_on_resuming(
        self, sweeps: Sweeps, executor: FailingExecutor
    ) -> None:
        picture = swept(sweeps)
        sweeps.resume(picture.experiment_id, HERE)
        again = ended(sweeps, picture.experiment_id)
        assert again.count(CellState.FAILED) == 1
        assert len(executor.started) == 4

    def test_a_lost_worker_is_a_row_and_its_cell_is_measured_on_resuming(
        self, sweeps: Sweeps, executor: FailingExecutor
    ) -> None:
        executor.fails = lambda spec: FailureKind.LOST if is_bf16_batch_1(spec) else None
        picture = swept(sweeps)
        assert picture.count(CellState.FAILED) == 1
        assert picture.count(CellState.DONE) == 3
        executor.fails = lambda _: None
        sweeps.resume(picture.experiment_id, HERE)
        again = ended(sweeps, picture.experiment_id)
        assert again.count(CellState.DONE) == 4
        assert len(executor.started) == 5

    def test_it_gives_up_where_all_workers_are_lost(
        self, sweeps: Sweeps, executor: FailingExecutor
    ) -> None:
        executor.fails = lambda _: FailureKind.LOST
        precisions = ("fp32", "bf16", "fp16")
        picture = swept(sweeps, a_request(axes={"precision": precisions, "batch_size": (1, 2, 4)}))
        assert picture.status is ExperimentStatus.STOPPED
        assert "lost" in picture.reason
        assert picture.count(CellState.WAITING) == 2
        row = sweeps.listed()[0]
        assert row.result is not None
        assert row.result["reason"] == picture.reason


class TestStopping:
    @pytest.fixture
    def executor(self) -> FakeExecutor:
        return FakeExecutor(hold=Phase.MEASURING)

    def test_stop_cancels_the_running_cell_and_resuming_measures_it(
        self, sweeps: Sweeps, executor: FakeExecutor
    ) -> None:
        key = sweeps.start(a_request(), HERE)
        until(lambda: executor.started)
        sweeps.stop(key)
        stopped = ended(sweeps, key)
        assert stopped.status is ExperimentStatus.STOPPED
        assert stopped.count(CellState.WAITING) == 4
        assert stopped.reason == "It was stopped."
        executor.release()
        sweeps.resume(key, HERE)
        assert ended(sweeps, key).count(CellState.DONE) == 4

    def test_another_process_sees_how_it_stands(
        self, sweeps: Sweeps, conductor: Conductor, executor: FakeExecutor, jobs: JobManager
    ) -> None:
        key = sweeps.start(a_request(), HERE)
        until(lambda: conductor.experiments.runs(key))
        elsewhere = Sweeps(Conductor(jobs))
        seen = elsewhere.picture(key, HERE)
        assert seen is not None
        assert (seen.active, seen.ours) == (True, False)
        assert seen.count(CellState.RUNNING) == 1
        assert seen.running is not None
        executor.release()
        ended(sweeps, key)
        after = elsewhere.picture(key, HERE)
        assert after is not None
        assert after.count(CellState.DONE) == 4
        assert after.status is ExperimentStatus.DONE


def test_a_cell_that_would_exceed_the_budget_is_not_begun(
    sweeps: Sweeps, executor: FakeExecutor
) -> None:
    picture = swept(sweeps, a_request(budget_s=30))
    assert picture.status is ExperimentStatus.STOPPED
    assert "The next cell takes about" in picture.reason
    assert executor.started == []


def test_a_budget_of_money_is_time_at_a_price(sweeps: Sweeps, executor: FakeExecutor) -> None:
    picture = swept(sweeps, a_request(budget_usd=0.0001, price_per_hour=3.6))
    assert picture.status is ExperimentStatus.STOPPED
    assert "$0.000100 at $3.60 per hour" in picture.reason
    assert executor.started == []


def test_a_budget_of_money_needs_a_price() -> None:
    with pytest.raises(RequestError, match="price"):
        a_request(budget_usd=1.0)


def test_a_trial_is_linked_apart_and_is_no_cell(
    sweeps: Sweeps, conductor: Conductor, executor: FakeExecutor
) -> None:
    picture = swept(sweeps, a_request(stages=("trial", "cells")))
    labels = [run.label for run in runs_of(conductor, picture.experiment_id)]
    assert labels.count("trial") == len(executor.started) - 4 > 0
    assert picture.count(CellState.DONE) == 4


def test_a_history_that_fails_stops_the_sweep_with_the_reason(
    sweeps: Sweeps, executor: FakeExecutor, jobs: JobManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise HistoryError("the disk is full")

    executor.hold = Phase.MEASURING
    key = sweeps.start(a_request(), HERE)
    until(lambda: executor.started)
    monkeypatch.setattr(jobs.history, "finish", full)
    executor.release()
    picture = ended(sweeps, key)
    assert picture.status is ExperimentStatus.STOPPED
    assert "the disk is full" in picture.reason
    assert len(executor.started) == 1
