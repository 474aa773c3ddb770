"""Pairs in the job manager: two rows, one place in the queue, one end."""

import threading

import pytest

from core.errors import FailureKind, RequestError
from core.jobs.manager import JobManager
from core.results.measured import Phase
from core.results.types import RunResult
from core.variants.pairing import PairPlan
from tests.fake_executor import FakeExecutor
from tests.jobs.waiting import in_phase, until
from tests.samples import a_spec

PLAN = PairPlan()


def kinds(jobs: JobManager, *run_ids: str) -> list[FailureKind | None]:
    return [getattr(jobs.wait(run_id), "kind", None) for run_id in run_ids]


def test_a_pair_is_two_rows_that_know_each_other(jobs: JobManager) -> None:
    a, b = jobs.submit_pair(a_spec(), a_spec(precision="nf4"), PLAN)
    first, second = jobs.wait(a), jobs.wait(b)
    assert isinstance(first, RunResult)
    assert isinstance(second, RunResult)
    assert first.pairing is not None
    assert second.pairing is not None
    assert (first.pairing.partner_id, second.pairing.partner_id) == (b, a)
    assert len(first.samples.e2e_s) == len(second.samples.e2e_s) == first.pairing.pairs
    for run_id, outcome in ((a, first), (b, second)):
        stored = jobs.history.get(run_id)
        assert stored is not None
        assert stored.outcome == outcome
    assert second.spec.variant.precision == "nf4"


def test_the_same_spec_on_both_sides_is_two_runs(jobs: JobManager) -> None:
    a, b = jobs.submit_pair(a_spec(), a_spec(), PLAN)
    assert a != b
    assert isinstance(jobs.wait(a), RunResult)
    assert isinstance(jobs.wait(b), RunResult)
    assert len(jobs.history.rows()) == 2


def test_a_pair_has_one_place_in_the_queue_and_both_rows_show_it(
    jobs: JobManager, executor: FakeExecutor
) -> None:
    executor.hold = Phase.LOADING
    first = jobs.submit(a_spec())
    until(in_phase(jobs, first, Phase.LOADING))
    a, b = jobs.submit_pair(a_spec(seed=1), a_spec(seed=2), PLAN)
    last = jobs.submit(a_spec(seed=3))
    shown = [jobs.snapshot(run_id) for run_id in (a, b, last)]
    assert [snapshot.place for snapshot in shown if snapshot] == [2, 2, 3]
    stored = [jobs.history.queue_place(run_id) for run_id in (a, b, last)]
    assert stored == [2, 2, 3]
    executor.release()
    jobs.wait(last)
    assert executor.started == [first, a, last]


def test_both_rows_go_through_the_phases_together(jobs: JobManager, executor: FakeExecutor) -> None:
    executor.hold = Phase.MEASURING
    a, b = jobs.submit_pair(a_spec(), a_spec(seed=1), PLAN)
    until(in_phase(jobs, b, Phase.MEASURING))
    shown = jobs.snapshot(a)
    assert shown is not None
    assert (shown.phase, shown.place) == (Phase.MEASURING, None)
    statuses = [row.status for row in jobs.history.rows()]
    assert statuses == ["running", "running"]
    executor.release()
    jobs.wait(b)


@pytest.mark.parametrize("which", [0, 1])
def test_cancelling_either_run_ends_both(
    jobs: JobManager, executor: FakeExecutor, which: int
) -> None:
    executor.hold = Phase.MEASURING
    pair = jobs.submit_pair(a_spec(), a_spec(seed=1), PLAN)
    until(in_phase(jobs, pair[1], Phase.MEASURING))
    jobs.cancel(pair[which])
    assert kinds(jobs, *pair) == [FailureKind.CANCELLED] * 2


@pytest.mark.parametrize("which", [0, 1])
def test_cancelling_either_waiting_run_ends_both_at_once(
    jobs: JobManager, executor: FakeExecutor, which: int
) -> None:
    executor.hold = Phase.LOADING
    first = jobs.submit(a_spec())
    until(in_phase(jobs, first, Phase.LOADING))
    pair = jobs.submit_pair(a_spec(), a_spec(seed=1), PLAN)
    jobs.cancel(pair[which])
    assert kinds(jobs, *pair) == [FailureKind.CANCELLED] * 2
    assert [row.status for row in jobs.history.rows()].count("cancelled") == 2
    executor.release()
    jobs.wait(first)
    assert executor.started == [first]


def test_an_executor_that_raises_ends_both_rows(
    jobs: JobManager, executor: FakeExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(executor, "carry_out", broken)
    a, b = jobs.submit_pair(a_spec(), a_spec(), PLAN)
    assert kinds(jobs, a, b) == [FailureKind.ERROR] * 2


def test_closing_cancels_a_pair(executor: FakeExecutor) -> None:
    executor.hold = Phase.MEASURING
    jobs = JobManager(make_executor=lambda _: executor)
    pair = jobs.submit_pair(a_spec(), a_spec(seed=1), PLAN)
    until(in_phase(jobs, pair[0], Phase.MEASURING))
    jobs.close()
    assert kinds(jobs, *pair) == [FailureKind.CANCELLED] * 2


def test_a_side_that_cannot_run_is_refused_and_nothing_is_stored(
    jobs: JobManager, executor: FakeExecutor
) -> None:
    with pytest.raises(RequestError) as caught:
        jobs.submit_pair(a_spec(), a_spec(attention="flash_attention_2"), PLAN)
    assert caught.value.field == "b.attention"
    assert jobs.history.rows() == []
    assert executor.started == []


def test_pairs_and_runs_of_many_threads_come_one_after_the_other(
    jobs: JobManager, executor: FakeExecutor
) -> None:
    ids: list[str] = []

    def submit(number: int) -> None:
        if number % 2:
            ids.append(jobs.submit(a_spec(seed=number)))
        else:
            ids.extend(jobs.submit_pair(a_spec(seed=number), a_spec(), PLAN))

    threads = [threading.Thread(target=submit, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for run_id in ids:
        jobs.wait(run_id)
    assert executor.most_running == 1
    assert len(executor.started) == 6
