"""A sweep whose process is killed with SIGKILL: what it measured counts when it is resumed."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core.experiments.conductor import Conductor
from core.experiments.sweeps.cells import CellState
from core.experiments.sweeps.sweeps import Sweeps
from core.jobs.manager import JobManager
from core.results.experiments import ExperimentStatus
from tests.experiments.killed_sweep import CELLS_THAT_END
from tests.experiments.sweeping import HERE, ended
from tests.fake_executor import FakeExecutor

ROOT = Path(__file__).resolve().parents[2]


def killed(*arguments: str) -> str:
    """The id of a sweep that was killed in its third cell."""
    command = [sys.executable, "-m", "tests.experiments.killed_sweep", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline().strip() for _ in range(2)]
        process.send_signal(signal.SIGKILL)
    (key,) = set(lines) - {"hangs"}
    return key


@pytest.mark.usefixtures("bundled_model")
@pytest.mark.parametrize("arguments", [(), ("fresh",)])
def test_it_is_interrupted_and_resuming_measures_the_rest_alone(arguments: tuple[str, ...]) -> None:
    key = killed(*arguments)
    executor = FakeExecutor()
    with JobManager(make_executor=lambda _: executor) as jobs:
        sweeps = Sweeps(Conductor(jobs))
        seen = sweeps.picture(key, HERE)
        assert seen is not None
        assert seen.status is ExperimentStatus.INTERRUPTED
        assert seen.count(CellState.DONE) == CELLS_THAT_END
        sweeps.resume(key, HERE)
        after = ended(sweeps, key)
        assert after.status is ExperimentStatus.DONE
        assert after.count(CellState.DONE) == 4
        assert len(executor.started) == 4 - CELLS_THAT_END
        assert after.run_ids[:CELLS_THAT_END] == seen.run_ids
        statuses = [row.status for row in jobs.history.rows()]
        assert sorted(statuses) == ["done"] * 4 + ["lost"]


@pytest.mark.usefixtures("bundled_model")
def test_its_killed_cell_is_open_again_for_whoever_looks() -> None:
    key = killed()
    with JobManager(make_executor=lambda _: FakeExecutor()) as jobs:
        seen = Sweeps(Conductor(jobs)).picture(key, HERE)
        assert seen is not None
        assert not seen.active
        assert seen.count(CellState.WAITING) + seen.count(CellState.FAILED) == 2
        assert seen.count(CellState.RUNNING) == 0
