"""A sweep over two like devices at once, with fake executors and a real history."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.analysis.forecast.planner import PlannedCell
from core.analysis.forecast.span import exactly
from core.analysis.forecast.sweep_plan import SweepPlan
from core.errors import FailureKind, RequestError
from core.experiments.conductor import Conductor
from core.experiments.sweeps.cells import CellState
from core.experiments.sweeps.sweep_picture import SweepPicture, budget_of, expected
from core.experiments.sweeps.sweep_request import SweepRequest, sweep_request
from core.experiments.sweeps.sweeps import Sweeps
from core.jobs.executor import OnProgress
from core.jobs.manager import JobManager
from core.jobs.protocol import Outcomes, Task
from core.results.experiments import ExperimentStatus
from core.results.measured import Phase
from tests.experiments.sweeping import ended
from tests.fake_fleet import TWO_GPUS, FakeFleet, SlotExecutor
from tests.jobs.waiting import until
from tests.samples import a_spec

BOTH = ("cuda:0", "cuda:1")
AXES: dict[str, tuple[object, ...]] = {
    "precision": ("fp32", "bf16", "nf4", "int8"),
    "batch_size": (1, 2, 4),
}


@pytest.fixture
def fleet() -> FakeFleet:
    return FakeFleet()


@pytest.fixture
def jobs(fleet: FakeFleet, bundled_model: Path) -> Iterator[JobManager]:  # noqa: ARG001
    with JobManager(fleet=fleet) as manager:
        yield manager
        fleet.close()


@pytest.fixture
def sweeps(jobs: JobManager) -> Iterator[Sweeps]:
    conductor = Conductor(jobs)
    yield Sweeps(conductor)
    conductor.close()


def a_request(**values: object) -> SweepRequest:
    """Four precisions and three batch sizes over both GPUs, with these fields changed."""
    base = {"max_new_tokens": 8, "device": "cuda:0"}
    return sweep_request({"axes": AXES, "base": base, "devices": BOTH, **values})


def swept(sweeps: Sweeps, **values: object) -> SweepPicture:
    """How such a sweep ended."""
    return ended(sweeps, sweeps.start(a_request(**values), TWO_GPUS), TWO_GPUS)


def test_every_cell_is_measured_once_and_a_variant_stays_where_it_is_until_the_last(
    sweeps: Sweeps, fleet: FakeFleet, jobs: JobManager
) -> None:
    picture = swept(sweeps)
    assert picture.status is ExperimentStatus.DONE
    assert picture.count(CellState.DONE) == len(set(fleet.started())) == 12
    used: dict[str, set[str]] = {}
    for cell in picture.cells:
        used.setdefault(cell.variant, set()).add(cell.slot)
        stored = jobs.history.get(cell.run_id or "")
        assert stored is not None
        assert stored.spec == cell.spec.on(cell.slot)
    assert [len(slots) for slots in used.values()].count(2) <= 1
    assert {cell.slot for cell in picture.cells} == set(BOTH)


def test_both_devices_work_at_once_and_what_runs_is_shown(sweeps: Sweeps, fleet: FakeFleet) -> None:
    for executor in fleet.executors.values():
        executor.hold = Phase.MEASURING
    key = sweeps.start(a_request(), TWO_GPUS)

    def running() -> set[str | None]:
        picture = sweeps.picture(key, TWO_GPUS)
        return {job.slot for job in picture.running} if picture else set()

    until(lambda: running() == set(BOTH))
    sweeps.stop(key)
    picture = ended(sweeps, key, TWO_GPUS)
    assert picture.status is ExperimentStatus.STOPPED
    assert picture.count(CellState.WAITING) == 12
    fleet.close()
    sweeps.resume(key, TWO_GPUS)
    assert ended(sweeps, key, TWO_GPUS).count(CellState.DONE) == 12


def test_one_variant_is_shared_where_enough_cells_are_left(sweeps: Sweeps) -> None:
    axes = {"precision": ("fp32",), "batch_size": (1, 2, 4, 8, 16, 32)}
    assert {cell.slot for cell in swept(sweeps, axes=axes).cells} == set(BOTH)


def test_what_either_device_has_measured_is_reused(sweeps: Sweeps, fleet: FakeFleet) -> None:
    swept(sweeps)
    again = swept(sweeps)
    assert again.count(CellState.REUSED) == 12
    alone = swept(sweeps, devices=("cuda:1",))
    assert 0 < alone.count(CellState.REUSED) < 12
    assert len(fleet.started()) == 12 + alone.count(CellState.DONE)


class OnOneDeviceOnly(SlotExecutor):
    """Loses every run on the second GPU, before the first one has measured all cells."""

    def carry_out(self, task: Task, on_progress: OnProgress) -> Outcomes:
        """See FakeExecutor."""
        outcomes = super().carry_out(task, on_progress)
        if self.slot.key == "cuda:1":
            return task.failed(FailureKind.LOST, "The worker ended.", Phase.LOADING)
        time.sleep(0.1)
        return outcomes


def test_a_device_that_loses_its_worker_again_and_again_gets_no_more_cells(
    bundled_model: Path,  # noqa: ARG001
) -> None:
    fleet = FakeFleet(make=OnOneDeviceOnly)
    with JobManager(fleet=fleet) as jobs:
        conductor = Conductor(jobs)
        axes = {**AXES, "precision": (*AXES["precision"], "fp16", "fp4")}
        picture = swept(Sweeps(conductor), axes=axes)
        conductor.close()
    assert picture.status is ExperimentStatus.DONE
    assert not picture.gave_up
    (note,) = picture.notes
    assert note.startswith("cuda:1 got no more cells. The worker was lost ")
    lost = picture.count(CellState.FAILED)
    assert 3 <= lost < 18
    assert picture.count(CellState.DONE) == 18 - lost


def test_a_search_asks_for_each_cell_once_and_no_more_than_its_trials(
    sweeps: Sweeps, fleet: FakeFleet
) -> None:
    picture = swept(sweeps, search={"trials": 7, "goal": "fastest"})
    assert picture.count(CellState.DONE) == len(set(fleet.started())) == 7


def test_money_is_paid_for_every_device() -> None:
    both = budget_of(a_request(budget_usd=1.0, price_per_hour=3600.0))
    one = budget_of(a_request(budget_usd=1.0, price_per_hour=3600.0, devices=("cuda:0",)))
    assert (both.seconds, one.seconds) == (0.5, 1.0)
    assert "for each of 2 devices" in str(both)


def test_a_grid_over_devices_is_not_spread_too() -> None:
    with pytest.raises(RequestError, match="devices"):
        a_request(axes={**AXES, "device": BOTH})


def test_unlike_devices_are_refused_before_anything_is_stored(sweeps: Sweeps) -> None:
    with pytest.raises(RequestError, match="not alike"):
        sweeps.start(a_request(devices=("cuda:0", "cpu")), TWO_GPUS)
    assert sweeps.listed() == []


def test_two_devices_take_half_as_long_but_no_less_than_the_longest_cell() -> None:
    cells = [PlannedCell(a_spec(batch_size=n), seconds=exactly(n)) for n in (1, 2, 3)]
    planned = SweepPlan(tuple(cells))
    assert expected(a_request(), planned).likely == 3.0
    assert expected(a_request(), SweepPlan(tuple(cells[1:]))).likely == 3.0
    assert expected(a_request(devices=("cuda:0",)), planned).likely == 6.0
