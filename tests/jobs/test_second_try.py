"""A node that is lost: what ran there is tried once more on a like device, and it is said."""

from collections.abc import Iterator

import pytest

from core.errors import FailureKind, NodeLost, RequestError
from core.jobs.executor import OnProgress
from core.jobs.manager import JobManager
from core.jobs.protocol import Outcomes, Task
from core.jobs.slots import Slot
from core.results.measured import Phase
from core.results.types import RunFailure, RunResult
from core.variants.pairing import PairPlan
from tests.fake_fleet import FakeFleet, SlotExecutor, node_slots
from tests.jobs.waiting import in_phase, until
from tests.sample_machines import a_cpu, an_environment
from tests.samples import a_spec

HERE = an_environment(a_cpu())


class DiesUnheard(SlotExecutor):
    """Its node is lost after a run was handed over, before anything was heard of it."""

    def carry_out(self, task: Task, on_progress: OnProgress) -> Outcomes:  # noqa: ARG002
        """Raises NodeLost."""
        self.started.append(task.run_id)
        self.lost = True
        raise NodeLost(f"{self.slot.node} was lost")


@pytest.fixture
def fleet() -> FakeFleet:
    """Two like nodes."""
    return FakeFleet(node_slots("node-a/cpu", "node-b/cpu"), HERE)


@pytest.fixture
def jobs(fleet: FakeFleet) -> Iterator[JobManager]:
    with JobManager(fleet=fleet) as manager:
        yield manager
        fleet.close()


def held_on(jobs: JobManager, fleet: FakeFleet, key: str) -> str:
    """A run that is measuring on that slot."""
    fleet.executors[key].hold = Phase.MEASURING
    slot = next(slot for slot in jobs.slots() if slot.key == key)
    run_id = jobs.submit(a_spec(), slot)
    until(in_phase(jobs, run_id, Phase.MEASURING))
    return run_id


def test_a_run_whose_node_is_lost_is_measured_on_the_other(
    jobs: JobManager, fleet: FakeFleet
) -> None:
    run_id = held_on(jobs, fleet, "node-a/cpu")
    fleet.lose("node-a/cpu")
    result = jobs.wait(run_id)
    assert isinstance(result, RunResult)
    assert result.environment.host_name == "node-b"
    assert result.environment.tried_before == (
        "Tried once more on node-b/cpu, since node-a was lost."
    )
    stored = jobs.history.get(run_id)
    assert stored is not None
    assert (stored.outcome, stored.host_name) == (result, "node-b")


def test_it_is_tried_once_more_and_no_third_time(jobs: JobManager, fleet: FakeFleet) -> None:
    fleet.executors["node-b/cpu"].hold = Phase.LOADING
    run_id = held_on(jobs, fleet, "node-a/cpu")
    fleet.lose("node-a/cpu")
    until(in_phase(jobs, run_id, Phase.LOADING))
    fleet.lose("node-b/cpu")
    failure = jobs.wait(run_id)
    assert isinstance(failure, RunFailure)
    assert failure.kind is FailureKind.LOST
    assert failure.message == (
        "node-b was lost. Tried once more on node-b/cpu, since node-a was lost."
    )


def test_a_try_counts_from_the_hand_over_on_not_only_once_it_has_told_of_itself() -> None:
    keys = ("node-a/cpu", "node-b/cpu", "node-c/cpu")
    fleet = FakeFleet(node_slots(*keys), HERE, DiesUnheard)
    with JobManager(fleet=fleet) as jobs:
        failure = jobs.wait(jobs.submit(a_spec()))
    assert isinstance(failure, RunFailure)
    assert failure.message == (
        "node-b was lost. Tried once more on node-b/cpu, since node-a was lost."
    )
    assert [len(fleet.executors[key].started) for key in keys] == [1, 1, 0]


def test_cancelling_either_run_of_a_pair_on_its_way_to_another_slot_ends_both() -> None:
    class Asked(FakeFleet):
        """Run B is cancelled while it is asked where to the pair could go."""

        ids: tuple[str, str] | None = None

        def slots(self) -> tuple[Slot, ...]:
            if self.ids is not None:
                jobs.cancel(self.ids[1])
            return super().slots()

    fleet = Asked(node_slots("node-a/cpu", "node-b/cpu"), HERE)
    with JobManager(fleet=fleet) as jobs:
        fleet.executors["node-a/cpu"].hold = Phase.MEASURING
        ids = jobs.submit_pair(a_spec(), a_spec(batch_size=2), PairPlan(), jobs.slots()[0])
        until(in_phase(jobs, ids[0], Phase.MEASURING))
        fleet.ids = ids
        fleet.lose("node-a/cpu")
        kinds = {getattr(jobs.wait(run_id), "kind", None) for run_id in ids}
        fleet.ids = None
    assert kinds == {FailureKind.CANCELLED}
    assert fleet.executors["node-b/cpu"].started == []


def test_without_a_like_device_it_is_lost_and_that_is_said(
    jobs: JobManager, fleet: FakeFleet
) -> None:
    fleet.lose("node-b/cpu")
    run_id = held_on(jobs, fleet, "node-a/cpu")
    fleet.lose("node-a/cpu")
    failure = jobs.wait(run_id)
    assert isinstance(failure, RunFailure)
    assert failure.kind is FailureKind.LOST
    assert "No like device is left" in failure.message


def test_other_hardware_is_no_place_for_a_second_try() -> None:
    (usual,) = node_slots("node-a/cpu")
    other = usual.hardware.model_copy(update={"cpu_count": 64})
    fleet = FakeFleet((usual, *node_slots("node-b/cpu", hardware=other)), HERE)
    with JobManager(fleet=fleet) as jobs:
        run_id = held_on(jobs, fleet, "node-a/cpu")
        fleet.lose("node-a/cpu")
        assert getattr(jobs.wait(run_id), "kind", None) is FailureKind.LOST
    assert fleet.executors["node-b/cpu"].started == []


def test_what_waited_there_waits_elsewhere_and_was_never_tried(
    jobs: JobManager, fleet: FakeFleet
) -> None:
    first = held_on(jobs, fleet, "node-a/cpu")
    slot = jobs.slots()[0]
    waiting = jobs.submit(a_spec(seed=1), slot)
    fleet.lose("node-a/cpu")
    for run_id in (first, waiting):
        assert isinstance(jobs.wait(run_id), RunResult)
    told = jobs.wait(waiting)
    assert isinstance(told, RunResult)
    assert told.environment.tried_before is None


def test_a_run_that_is_cancelled_as_its_node_is_lost_is_not_tried_again(
    jobs: JobManager, fleet: FakeFleet
) -> None:
    run_id = held_on(jobs, fleet, "node-a/cpu")
    fleet.executors["node-a/cpu"].lost = True
    jobs.cancel(run_id)
    assert getattr(jobs.wait(run_id), "kind", None) is FailureKind.CANCELLED
    assert fleet.executors["node-b/cpu"].started == []


def test_after_the_move_it_can_be_cancelled(jobs: JobManager, fleet: FakeFleet) -> None:
    fleet.executors["node-b/cpu"].hold = Phase.LOADING
    run_id = held_on(jobs, fleet, "node-a/cpu")
    fleet.lose("node-a/cpu")
    until(in_phase(jobs, run_id, Phase.LOADING))
    snapshot = jobs.snapshot(run_id)
    assert snapshot is not None
    assert snapshot.slot == "node-b/cpu"
    jobs.cancel(run_id)
    failure = jobs.wait(run_id)
    assert isinstance(failure, RunFailure)
    assert failure.kind is FailureKind.CANCELLED
    assert "node-a was lost" in failure.message


def test_both_of_a_pair_move_together(jobs: JobManager, fleet: FakeFleet) -> None:
    fleet.executors["node-a/cpu"].hold = Phase.MEASURING
    slot = jobs.slots()[0]
    ids = jobs.submit_pair(a_spec(), a_spec(batch_size=2), PairPlan(), slot)
    until(in_phase(jobs, ids[0], Phase.MEASURING))
    fleet.lose("node-a/cpu")
    for run_id in ids:
        jobs.wait(run_id)
        snapshot = jobs.snapshot(run_id)
        assert snapshot is not None
        assert snapshot.slot == "node-b/cpu"


def test_runs_without_a_wish_go_to_the_least_busy_of_the_like_slots(
    jobs: JobManager, fleet: FakeFleet
) -> None:
    for executor in fleet.executors.values():
        executor.hold = Phase.LOADING
    ids = [jobs.submit(a_spec(seed=seed)) for seed in range(4)]
    places = [snapshot.slot for run_id in ids if (snapshot := jobs.snapshot(run_id))]
    assert sorted(filter(None, places)) == ["node-a/cpu"] * 2 + ["node-b/cpu"] * 2
    fleet.close()


def test_a_device_that_no_slot_has_is_refused(jobs: JobManager) -> None:
    with pytest.raises(RequestError, match="no such device") as caught:
        jobs.submit(a_spec(device="cuda:0"))
    assert caught.value.valid == ("cpu",)
