"""A clock that is set, and a machine that was started again: who lives is told all the same."""

import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from core.experiments.conductor import Conductor
from core.experiments.sweeps.sweeps import Sweeps
from core.jobs import manager
from core.jobs.executor import OnProgress
from core.jobs.manager import JobManager
from core.jobs.protocol import Outcomes, Task
from core.results import owner
from core.results.experiments import ExperimentKind, Experiments, ExperimentStatus
from core.results.history import History
from core.results.measured import Phase
from core.results.owner import SILENCE_S, this_host
from core.variants.request import build_spec
from tests.experiments.sweeping import swept
from tests.fake_executor import FakeExecutor
from tests.results.conftest import sql
from tests.samples import DAWN, a_spec

DAY_S = 86_400.0
ANOTHER_BOOT = f"0123456789abcdef.{this_host().partition('.')[2]}"
ANOTHER_CONTAINER = f"{this_host().partition('.')[0]}.0123456789abcdef"
SetClock = Callable[[float], None]


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "history.sqlite3")


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[SetClock]:
    """Sets the wall clock forward by so many seconds, as far as this process can see it: Linux
    moves the boot's time along with it.
    """
    true_time, true_boot = time.time, psutil._psplatform.boot_time
    shift = 0.0

    def change(seconds: float) -> None:
        nonlocal shift
        shift = seconds

    monkeypatch.setattr(time, "time", lambda: true_time() + shift)
    monkeypatch.setattr(manager, "now", lambda: datetime.now(UTC) + timedelta(seconds=shift))
    monkeypatch.setattr(psutil._psplatform, "boot_time", lambda: true_boot() + shift)
    yield change
    owner._owner.cache_clear()


@pytest.mark.parametrize("jump_s", [DAY_S, -DAY_S])
def test_a_run_that_goes_on_is_not_lost_when_the_clock_is_set(
    history: History, set_clock: SetClock, jump_s: float
) -> None:
    experiments = Experiments(history)
    history.add("run-1", a_spec(), DAWN)
    history.set_phase("run-1", Phase.MEASURING)
    experiments.begin(ExperimentKind.SWEEP, "A sweep", {})
    set_clock(jump_s)
    assert psutil.Process().create_time() == pytest.approx(time.time(), abs=DAY_S / 2)  # it moved
    assert history.mark_lost() == ()
    assert experiments.listed()[0].status is ExperimentStatus.RUNNING
    owner._owner.cache_clear()  # as a process that begins after the jump would see this one
    assert history.mark_lost() == ()


def test_what_another_container_said_is_counted_by_the_kernels_clock(
    history: History, set_clock: SetClock
) -> None:
    history.add("run-1", a_spec(), DAWN)
    sql(history, f"UPDATE runs SET owner_host = '{ANOTHER_CONTAINER}'")
    with history.reading() as connection:
        seen = connection.exec_driver_sql("SELECT owner_seen FROM runs").scalar_one()
    assert seen == pytest.approx(time.monotonic(), abs=60)
    set_clock(10 * SILENCE_S)
    assert history.mark_lost() == ()
    sql(history, f"UPDATE runs SET owner_seen = owner_seen - {SILENCE_S + 1}")
    assert history.mark_lost() == ("run-1",)


def test_after_a_restart_of_the_machine_a_run_is_lost_at_once(history: History) -> None:
    """Its process id is this very process's, as it may be after a restart."""
    experiments = Experiments(history)
    history.add("run-1", a_spec(), DAWN)
    experiments.begin(ExperimentKind.SWEEP, "A sweep", {})
    for table in ("runs", "experiments"):
        sql(history, f"UPDATE {table} SET owner_host = '{ANOTHER_BOOT}'")
    assert history.mark_lost() == ("run-1",)
    stored = history.get("run-1")
    assert stored is not None
    assert stored.outcome is not None
    assert f"Process {os.getpid()}" in stored.outcome.message  # type: ignore[union-attr]
    assert "before the machine was started again" in stored.outcome.message  # type: ignore[union-attr]
    assert experiments.listed()[0].status is ExperimentStatus.INTERRUPTED


@pytest.mark.usefixtures("bundled_model")
@pytest.mark.parametrize("jump_s", [DAY_S, -DAY_S])
def test_runs_submitted_before_and_after_a_jump_are_all_measured(
    set_clock: SetClock, jump_s: float
) -> None:
    spec = build_spec({"model": "smollm2-135m", "max_new_tokens": 4})
    with JobManager(make_executor=lambda _: FakeExecutor()) as jobs:
        first = jobs.submit(spec)
        set_clock(jump_s)
        second = jobs.submit(spec)
        for run_id in (first, second):
            jobs.wait(run_id)
            snapshot = jobs.snapshot(run_id)
            assert snapshot is not None
            assert 0 <= snapshot.elapsed_s < 60
        assert {row.run_id: row.status for row in jobs.history.rows()} == {
            first: "done",
            second: "done",
        }


class ClockSetMeanwhile(FakeExecutor):
    """Its runs end a day after they were submitted, as the wall clock has it."""

    def carry_out(self, task: Task, on_progress: OnProgress) -> Outcomes:
        """As the fake does, with that end."""
        outcomes = super().carry_out(task, on_progress)
        late = timedelta(seconds=DAY_S)
        return tuple(
            one.model_copy(update={"finished_at": one.submitted_at + late}) for one in outcomes
        )


@pytest.mark.usefixtures("bundled_model")
def test_a_cell_of_a_sweep_took_as_long_as_it_did() -> None:
    with JobManager(make_executor=lambda _: ClockSetMeanwhile()) as jobs:
        picture = swept(Sweeps(Conductor(jobs)))
    seconds = [cell.seconds for cell in picture.cells]
    assert len(seconds) == 4
    assert max(second or 0.0 for second in seconds) < 60
