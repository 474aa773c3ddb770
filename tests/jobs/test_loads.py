"""Load orders in the queue: beside runs, one at a time per device, cancelled like them."""

import pytest

from core.errors import FailureKind, RequestError
from core.jobs.manager import JobManager
from core.results.load_outcome import CalibrationEnd, LoadFailure, LoadOutcome, ServingEnd
from core.results.measured import Phase
from core.variants.load import Load
from core.variants.load_order import CalibrationOrder, ServingOrder, range_of
from core.variants.policy import Policy, PolicyKind
from core.variants.spec import VariantSpec
from tests.fake_executor import FakeExecutor
from tests.jobs.waiting import until
from tests.samples import a_spec

LOAD = Load(requests=5)
POLICY = Policy(kind=PolicyKind.WINDOW, batch_size=4)
SERVE = ServingOrder(variant=VariantSpec(), load=LOAD, policy=POLICY)
CALIBRATE = CalibrationOrder(variant=VariantSpec(), range=range_of(LOAD, [POLICY]))


def kind_of(outcome: LoadOutcome) -> FailureKind:
    assert isinstance(outcome, LoadFailure), outcome
    return outcome.kind


def test_an_order_ends_with_what_it_asked_for_and_leaves_no_row(jobs: JobManager) -> None:
    steps = jobs.wait_load(jobs.submit_load(CALIBRATE))
    assert isinstance(steps, CalibrationEnd)
    assert steps.calibration.samples
    key = jobs.submit_load(SERVE)
    served = jobs.wait_load(key)
    assert isinstance(served, ServingEnd)
    assert [one.number for one in served.served.served] == [0, 1, 2, 3, 4]
    assert jobs.history.rows() == []
    snapshot = jobs.load_snapshot(key)
    assert snapshot is not None
    assert (snapshot.active, snapshot.order, snapshot.outcome) == (False, SERVE, served)


def test_a_run_and_a_load_take_turns_and_see_their_place(
    jobs: JobManager, executor: FakeExecutor
) -> None:
    executor.hold = Phase.MEASURING
    load = jobs.submit_load(SERVE)
    until(lambda: len(executor.started) == 1)
    run = jobs.submit(a_spec())
    waiting = jobs.submit_load(SERVE)
    held, queued, last = jobs.load_snapshot(load), jobs.snapshot(run), jobs.load_snapshot(waiting)
    assert held is not None
    assert queued is not None
    assert last is not None
    assert (held.phase, held.done, held.total) == (Phase.MEASURING, 1, 2)
    assert (queued.place, last.place) == (2, 3)
    assert [job.run_id for job in jobs.active()] == [run]
    executor.release()
    jobs.wait_load(waiting)
    assert (executor.started, executor.most_running) == ([load, run, waiting], 1)


def test_a_running_and_a_waiting_order_can_be_cancelled(
    jobs: JobManager, executor: FakeExecutor
) -> None:
    executor.hold = Phase.MEASURING
    running, waiting = jobs.submit_load(SERVE), jobs.submit_load(SERVE)
    until(lambda: len(executor.started) == 1)
    jobs.cancel(waiting)
    assert kind_of(jobs.wait_load(waiting)) is FailureKind.CANCELLED
    jobs.cancel(running)
    assert kind_of(jobs.wait_load(running)) is FailureKind.CANCELLED
    assert executor.started == [running]


def test_an_executor_that_raises_fails_the_order(
    jobs: JobManager, executor: FakeExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executor, "carry_out", lambda *_: 1 / 0)
    outcome = jobs.wait_load(jobs.submit_load(SERVE))
    assert kind_of(outcome) is FailureKind.ERROR


def test_an_unknown_load_has_no_snapshot(jobs: JobManager) -> None:
    assert jobs.load_snapshot("no-such-load") is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"compile": "whole"}, "compile"),
        ({"attention": "flex_attention"}, "attention"),
        ({"device": "cuda:7"}, "device"),
        ({"model": "no-such-model"}, "model"),
    ],
)
def test_what_cannot_be_served_is_refused(
    jobs: JobManager, changes: dict[str, str], field: str
) -> None:
    order = SERVE.model_copy(update={"variant": VariantSpec(**changes)})
    with pytest.raises(RequestError) as caught:
        jobs.submit_load(order)
    assert caught.value.field == field


def test_a_request_beyond_the_context_is_named_by_the_loads_field(jobs: JobManager) -> None:
    load = Load.model_validate({"requests": 3, "prompt_lengths": "9000"})
    with pytest.raises(RequestError) as caught:
        jobs.submit_load(SERVE.model_copy(update={"load": load}))
    assert caught.value.field == "prompt_lengths"
