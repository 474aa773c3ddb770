"""The job manager over a fake executor: order, cancelling, what is stored and what is not."""

from pathlib import Path

import pytest

from core.errors import FailureKind, HistoryError, RequestError
from core.jobs.manager import JobManager
from core.results.history import History
from core.results.measured import Phase
from core.results.types import Outcome, RunResult
from core.variants.spec import RunSpec
from tests.fake_executor import FakeExecutor
from tests.jobs.waiting import in_phase, until
from tests.samples import a_spec


class BrokenHistory(History):
    """A history whose disk is full until it is mended."""

    broken = True

    def add(self, *args: object, **keywords: object) -> None:
        self._fail()
        super().add(*args, **keywords)  # type: ignore[arg-type]

    def finish(self, outcome: Outcome) -> None:
        self._fail()
        super().finish(outcome)

    def _fail(self) -> None:
        if self.broken:
            raise HistoryError("the disk is full")


def test_a_job_is_measured_stored_and_shown(jobs: JobManager) -> None:
    run_id = jobs.submit(a_spec())
    outcome = jobs.wait(run_id)
    assert isinstance(outcome, RunResult)
    snapshot = jobs.snapshot(run_id)
    assert snapshot is not None
    assert (snapshot.phase, snapshot.outcome, snapshot.unsaved) == (Phase.DONE, outcome, None)
    stored = jobs.history.get(run_id)
    assert stored is not None
    assert (stored.status, stored.outcome) == ("done", outcome)


def test_a_row_is_written_when_the_job_is_submitted(
    jobs: JobManager, executor: FakeExecutor
) -> None:
    executor.hold = Phase.MEASURING
    run_id = jobs.submit(a_spec())

    def stored() -> tuple[str, Phase | None] | None:
        run = jobs.history.get(run_id)
        return (run.status, run.phase) if run else None

    assert stored() is not None
    until(lambda: stored() == ("running", Phase.MEASURING))
    executor.release()
    jobs.wait(run_id)


@pytest.mark.parametrize("phase", [Phase.LOADING, Phase.WARMING_UP, Phase.MEASURING, Phase.MEMORY])
def test_a_running_job_is_cancelled_in_any_phase(
    jobs: JobManager, executor: FakeExecutor, phase: Phase
) -> None:
    executor.hold = phase
    run_id = jobs.submit(a_spec())
    until(in_phase(jobs, run_id, phase))
    jobs.cancel(run_id)
    outcome = jobs.wait(run_id)
    assert getattr(outcome, "kind", None) is FailureKind.CANCELLED


def test_a_queued_job_is_cancelled_without_ever_running(
    jobs: JobManager, executor: FakeExecutor
) -> None:
    executor.hold = Phase.LOADING
    first, second, third = (jobs.submit(a_spec(seed=seed)) for seed in range(3))
    until(in_phase(jobs, first, Phase.LOADING))
    jobs.cancel(second)
    assert getattr(jobs.wait(second), "kind", None) is FailureKind.CANCELLED
    executor.release()
    jobs.wait(third)
    assert executor.started == [first, third]


def test_a_spec_that_cannot_run_is_refused_and_leaves_no_row(jobs: JobManager) -> None:
    with pytest.raises(RequestError, match="flash_attention_2"):
        jobs.submit(a_spec(attention="flash_attention_2"))
    assert jobs.history.rows() == []


def test_a_fault_in_the_executor_fails_its_job_and_not_the_queue(
    executor: FakeExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with JobManager(make_executor=lambda _: executor) as jobs:
        real = executor.carry_out
        monkeypatch.setattr(executor, "carry_out", lambda *_: 1 / 0)
        broken = jobs.wait(jobs.submit(a_spec()))
        assert getattr(broken, "kind", None) is FailureKind.ERROR
        assert "ZeroDivisionError" in getattr(broken, "message", "")
        monkeypatch.setattr(executor, "carry_out", real)
        assert isinstance(jobs.wait(jobs.submit(a_spec())), RunResult)


def test_what_the_history_cannot_take_stays_in_memory_and_can_be_saved_later(
    executor: FakeExecutor, tmp_path: Path
) -> None:
    history = BrokenHistory(tmp_path / "history.sqlite3")
    with JobManager(history, make_executor=lambda _: executor) as jobs:
        run_id = jobs.submit(a_spec())
        outcome = jobs.wait(run_id)
        assert isinstance(outcome, RunResult)
        (unsaved,) = jobs.unsaved()
        assert (unsaved.outcome, unsaved.unsaved) == (outcome, "the disk is full")
        with pytest.raises(HistoryError):
            jobs.save_again()
        history.broken = False
        jobs.save_again()
        assert jobs.unsaved() == ()
        stored = history.get(run_id)
        assert stored is not None
        assert stored.outcome == outcome


def test_a_finished_job_is_found_by_another_manager(
    jobs: JobManager, executor: FakeExecutor
) -> None:
    run_id = jobs.submit(a_spec())
    outcome = jobs.wait(run_id)
    with JobManager(make_executor=lambda _: executor) as later:
        snapshot = later.snapshot(run_id)
    assert snapshot is not None
    assert (snapshot.outcome, snapshot.active) == (outcome, False)


def test_an_unknown_job_has_no_snapshot(jobs: JobManager) -> None:
    assert jobs.snapshot("no-such-run") is None


def test_closing_cancels_what_runs_and_what_waits(executor: FakeExecutor) -> None:
    executor.hold = Phase.MEASURING
    jobs = JobManager(make_executor=lambda _: executor)
    first, second = jobs.submit(a_spec()), jobs.submit(a_spec(seed=1))
    until(in_phase(jobs, first, Phase.MEASURING))
    jobs.close()
    kinds = [getattr(jobs.wait(run_id), "kind", None) for run_id in (first, second)]
    assert kinds == [FailureKind.CANCELLED, FailureKind.CANCELLED]
    assert executor.closed


def test_residents_are_told_and_can_be_dropped(jobs: JobManager) -> None:
    assert jobs.residents("cpu") is None
    spec: RunSpec = a_spec()
    jobs.wait(jobs.submit(spec))
    held = jobs.residents("cpu")
    assert held is not None
    assert [resident.variant for resident in held.residents] == [spec.variant]
    jobs.drop("cpu", spec.variant.id)
    after = jobs.residents("cpu")
    assert after is not None
    assert after.residents == ()
