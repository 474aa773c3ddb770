"""Sweeps that leave cells out: what is certain to fail, and what a search passes by."""

import pytest

from core.errors import FailureKind
from core.experiments.conductor import Conductor
from core.experiments.sweeps.cells import CellState
from core.experiments.sweeps.sweeps import Sweeps
from core.jobs.manager import JobManager
from core.results.experiments import ExperimentStatus
from tests.experiments.sweeping import HERE, FailingExecutor, a_request, swept
from tests.fake_executor import FakeExecutor


class TestSkipping:
    """Batches from 4 on run out of memory."""

    @pytest.fixture
    def executor(self) -> FailingExecutor:
        large = FailureKind.OUT_OF_MEMORY
        return FailingExecutor(lambda spec: large if spec.workload.batch_size >= 4 else None)

    def test_what_is_certain_to_fail_is_skipped_with_the_reason_where_that_was_asked(
        self, sweeps: Sweeps, executor: FailingExecutor
    ) -> None:
        asked = a_request(axes={"batch_size": (1, 4, 8)}, skip_dominated=True)
        picture = swept(sweeps, asked)
        states = [cell.state for cell in picture.cells]
        assert states == [CellState.DONE, CellState.FAILED, CellState.SKIPPED]
        assert "certain to run out of memory" in picture.cells[2].reason
        assert len(executor.started) == 2

    def test_by_default_nothing_is_skipped(self, sweeps: Sweeps) -> None:
        picture = swept(sweeps, a_request(axes={"batch_size": (1, 4, 8)}))
        assert picture.count(CellState.FAILED) == 2

    def test_another_process_sees_what_was_skipped_and_why(
        self, sweeps: Sweeps, jobs: JobManager
    ) -> None:
        asked = a_request(axes={"batch_size": (1, 4, 8)}, skip_dominated=True)
        key = swept(sweeps, asked).experiment_id
        seen = Sweeps(Conductor(jobs)).picture(key, HERE)
        assert seen is not None
        assert seen.count(CellState.SKIPPED) == 1
        assert "certain to run out of memory" in seen.cells[2].reason


def test_a_search_asks_for_no_more_than_its_trials_and_takes_known_cells_for_free(
    sweeps: Sweeps, executor: FakeExecutor
) -> None:
    axes = {"precision": ("fp32", "bf16", "fp16"), "batch_size": (1, 2, 4, 8)}
    swept(sweeps, a_request(axes={"precision": ("fp32",), "batch_size": (1, 2, 4, 8)}))
    search = {"trials": 3, "goal": "fastest"}
    picture = swept(sweeps, a_request(axes=axes, search=search))
    assert picture.status is ExperimentStatus.DONE
    assert picture.count(CellState.REUSED) == 4
    assert picture.count(CellState.DONE) == 3
    assert picture.count(CellState.WAITING) == 5
    assert len(executor.started) == 4 + 3
