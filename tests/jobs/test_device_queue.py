"""The order of the queue: one job at a time, over threads and over processes."""

import threading
import time

import pytest

from core.errors import FailureKind, RunError
from core.jobs.device_lock import DeviceLock
from core.jobs.manager import JobManager
from core.results.measured import Phase
from tests.fake_executor import FakeExecutor
from tests.jobs.waiting import in_phase, until
from tests.samples import DAWN, a_spec


def test_jobs_of_one_device_run_one_after_the_other_in_order(
    jobs: JobManager, executor: FakeExecutor
) -> None:
    executor.hold = Phase.LOADING
    ids = [jobs.submit(a_spec(seed=seed)) for seed in range(4)]
    until(in_phase(jobs, ids[0], Phase.LOADING))
    places = [snapshot.place for run_id in ids if (snapshot := jobs.snapshot(run_id))]
    assert places == [None, 2, 3, 4]
    executor.release()
    for run_id in ids:
        jobs.wait(run_id)
    assert executor.started == ids
    assert executor.most_running == 1


def test_the_device_lock_of_another_process_is_waited_for(
    jobs: JobManager, executor: FakeExecutor
) -> None:
    other = DeviceLock("cpu")
    assert other.try_acquire()
    run_id = jobs.submit(a_spec())
    time.sleep(0.3)
    assert executor.started == []
    other.release()
    jobs.wait(run_id)
    assert executor.started == [run_id]


def test_a_lock_that_fails_ends_the_run_that_it_hit_and_the_queue_goes_on(
    jobs: JobManager, executor: FakeExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = [RunError("The lock file cannot be used."), ValueError("unforeseen")]

    def try_acquire(_: DeviceLock) -> bool:
        if faults:
            raise faults.pop(0)
        return True

    monkeypatch.setattr(DeviceLock, "try_acquire", try_acquire)
    ids = [jobs.submit(a_spec(seed=seed)) for seed in range(3)]
    until(lambda: not jobs.active())
    told = [jobs.wait(run_id) for run_id in ids]
    assert [getattr(one, "kind", None) for one in told] == [FailureKind.ERROR] * 2 + [None]
    messages = [getattr(one, "message", None) for one in told]
    assert messages == ["The lock file cannot be used.", "ValueError: unforeseen", None]
    assert executor.started == ids[2:]
    assert [row.outcome for row in map(jobs.history.get, ids) if row] == told


def test_a_job_that_waits_for_the_device_can_be_cancelled(
    jobs: JobManager, executor: FakeExecutor
) -> None:
    other = DeviceLock("cpu")
    assert other.try_acquire()
    run_id = jobs.submit(a_spec())
    time.sleep(0.2)
    jobs.cancel(run_id)
    assert getattr(jobs.wait(run_id), "kind", None) is FailureKind.CANCELLED
    assert executor.started == []
    other.release()


def test_many_threads_can_submit_at_once(jobs: JobManager, executor: FakeExecutor) -> None:
    ids: list[str] = []
    threads = [threading.Thread(target=lambda: ids.append(jobs.submit(a_spec()))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for run_id in ids:
        jobs.wait(run_id)
    assert sorted(executor.started) == sorted(ids)
    assert len(set(ids)) == 8
    assert executor.most_running == 1


def test_a_run_that_never_comes_holds_nobody_up_for_long(
    jobs: JobManager, executor: FakeExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.jobs.device_queue.PATIENCE_S", 0.5)
    jobs.history.add("never-comes", a_spec(), DAWN)
    run_id = jobs.submit(a_spec())
    time.sleep(0.2)
    snapshot = jobs.snapshot(run_id)
    assert snapshot is not None
    assert snapshot.place == 2
    assert executor.started == []
    jobs.wait(run_id)
    assert executor.started == [run_id]
