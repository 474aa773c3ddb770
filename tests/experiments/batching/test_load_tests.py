"""Load tests: what is measured, reused, refused, stopped, resumed and compared."""

import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from core.errors import FailureKind, RequestError
from core.experiments.batching.comparing import agreements, doubts
from core.experiments.batching.load_tests import LoadTests
from core.experiments.conductor import Conductor
from core.jobs.manager import JobManager
from core.results.experiments import ExperimentStatus
from core.results.measured import Phase
from core.results.types import now
from core.variants.load import Load
from core.variants.policy import Policy, PolicyKind
from tests.experiments.batching.load_testing import POLICIES, a_request, ended, here, tried
from tests.fake_executor import FakeExecutor
from tests.jobs.waiting import until

ROOT = Path(__file__).resolve().parents[3]


def test_steps_are_measured_then_each_cell_and_all_is_stored(
    tests: LoadTests, executor: FakeExecutor
) -> None:
    picture = tried(tests, a_request(repeats=2))
    assert picture.status is ExperimentStatus.DONE
    assert (picture.done, picture.total, len(executor.started)) == (9, 9, 9)
    stored = tests.get(picture.experiment_id, here())
    assert stored is not None
    assert stored.result == picture.result
    assert (stored.elsewhere, stored.resumable) == (False, False)
    cells = [one.cell for one in stored.result.measured]
    assert cells == list(picture.request.cells())
    assert all(len(one.served) == 20 for one in stored.result.measured)


def test_a_machine_whose_steps_are_the_formulas_is_simulated_exactly(tests: LoadTests) -> None:
    policies = (*POLICIES, Policy(kind=PolicyKind.CONTINUOUS, batch_size=4))
    picture = tried(tests, a_request(simulated=policies, measured=policies, repeats=2))
    found = agreements(picture.request, picture.result, 1.0)
    assert len(found) == 6
    for one in found:
        assert one.holds
        assert len(one.measured) == 2
        assert one.of("e2e_p50_s").share == pytest.approx(0.0, abs=1e-6)
        assert one.of("output_tokens_per_s").share == pytest.approx(0.0, abs=1e-6)


def test_what_disturbed_a_measurement_is_told(tests: LoadTests) -> None:
    result = tried(tests, a_request(measured=POLICIES[:1], rates=(1.0,))).result
    assert doubts(result) == ()
    (cell,), steps = result.measured, result.calibration
    assert steps is not None
    busy = cell.after.model_copy(update={"other_cpu_share": 0.42})
    old = steps.model_copy(update={"measured_at": now() - timedelta(days=2)})
    disturbed = result.model_copy(
        update={
            "measured": (cell.model_copy(update={"after": busy}),),
            "calibration": old,
        }
    )
    told = doubts(disturbed)
    assert len(told) == 2
    assert told[0] == (
        "Other processes used 42 % of the processors while window 4, 0.5 s at 1.00 requests/s was "
        "served."
    )
    assert "48 h 0 min before" in told[1]


def test_stored_steps_are_used_again_and_said_to_be(
    tests: LoadTests, executor: FakeExecutor
) -> None:
    few = a_request(measured=POLICIES[:1], rates=(1.0,))
    first = tried(tests, few)
    assert tests.plan(few, here()).calibrated_in == first.experiment_id
    second = tried(tests, few)
    assert second.result.calibrated_in == first.experiment_id
    assert second.result.calibration == first.result.calibration
    assert len(executor.started) == 2 + 1
    assert tried(tests, few).result.calibrated_in == first.experiment_id
    assert tried(tests, few.model_copy(update={"anew": True})).result.calibrated_in is None


@pytest.mark.parametrize(
    "changes",
    [
        {"simulated": (Policy(kind=PolicyKind.CONTINUOUS, batch_size=4),)},
        {"simulated": (Policy(kind=PolicyKind.WINDOW, batch_size=16),)},
        {"load": Load.model_validate({"requests": 20, "prompt_lengths": "500"})},
    ],
)
def test_steps_that_do_not_cover_the_load_are_measured_again(
    tests: LoadTests, changes: dict[str, object]
) -> None:
    tried(tests, a_request(measured=(), rates=()))
    assert tests.plan(a_request(measured=(), rates=()), here()).calibration is not None
    assert tests.plan(a_request(measured=(), rates=(), **changes), here()).calibration is None


def test_steps_that_cannot_be_fitted_are_not_used(tests: LoadTests, conductor: Conductor) -> None:
    known = tried(tests, a_request(measured=(), rates=()))
    steps = known.result.calibration
    assert steps is not None
    few = steps.model_copy(update={"samples": steps.samples[:2]})
    broken = known.result.model_copy(update={"calibration": few}).model_dump(mode="json")
    conductor.experiments.keep(known.experiment_id, broken)
    assert tests.plan(a_request(), here()).calibration is None


def test_how_long_it_takes_is_told_before(tests: LoadTests) -> None:
    unknown = tests.plan(a_request(calibration_s=40), here())
    assert (unknown.calibration, unknown.expected, unknown.seconds) == (None, None, 40)
    done = tried(tests, a_request())
    plan = tests.plan(a_request(), here())
    assert plan.expected is not None
    for cell in done.result.measured:
        assert plan.expected[cell.cell].seconds == pytest.approx(cell.seconds, rel=1e-3)
    assert plan.seconds > sum(cell.seconds for cell in done.result.measured)


def test_more_than_can_be_served_is_refused_unless_it_is_meant(tests: LoadTests) -> None:
    tried(tests, a_request(measured=(), rates=()))
    with pytest.raises(RequestError) as caught:
        tests.start(a_request(rates=(50.0,)), here())
    assert caught.value.field == "rate_per_s"
    picture = tried(tests, a_request(rates=(0.5, 50.0)))
    assert picture.status is ExperimentStatus.DONE
    assert [one.rate_per_s for one in picture.result.refused] == [50.0, 50.0]
    assert all("requests/s can be served" in one.reason for one in picture.result.refused)
    meant = tried(tests, a_request(rates=(50.0,), overloads=True))
    assert (len(meant.result.measured), meant.result.refused) == (2, ())


def test_more_than_the_time_allowed_is_refused_before_and_after_the_steps(
    tests: LoadTests, executor: FakeExecutor
) -> None:
    long = a_request(rates=(0.01,), most_s=100.0)
    picture = tried(tests, long)
    assert picture.status is ExperimentStatus.STOPPED
    assert "most_s" in picture.result.reason
    assert picture.result.calibration is not None
    assert len(executor.started) == 1
    with pytest.raises(RequestError, match="most_s"):
        tests.start(long, here())
    stored = tests.get(picture.experiment_id, here())
    assert stored is not None
    assert not stored.resumable
    assert not picture.resumable
    with pytest.raises(RequestError, match="would end the same way again: most_s"):
        tests.resume(picture.experiment_id, here())
    assert len(executor.started) == 1


def test_a_stopped_load_test_goes_on_with_what_is_open(
    tests: LoadTests, executor: FakeExecutor
) -> None:
    executor.hold = Phase.WARMING_UP
    key = tests.start(a_request(), here())
    until(lambda: len(executor.started) == 1)
    tests.stop(key)
    stopped = ended(tests, key)
    assert stopped.status is ExperimentStatus.STOPPED
    assert (stopped.result.reason, stopped.done) == ("It was stopped.", 0)
    executor.release()
    tests.resume(key, here())
    after = ended(tests, key)
    assert (after.status, after.done, after.result.reason) == (ExperimentStatus.DONE, 5, "")


def test_what_fails_is_told_and_the_rest_is_served(
    tests: LoadTests, executor: FakeExecutor
) -> None:
    tried(tests, a_request(measured=(), rates=()))
    executor.fail_with = FailureKind.OUT_OF_MEMORY
    picture = tried(tests, a_request())
    assert picture.status is ExperimentStatus.DONE
    assert len(picture.result.refused) == 4
    assert picture.result.refused[0].reason == "The model could not be run."
    assert agreements(picture.request, picture.result) == ()


def test_a_failed_calibration_ends_it_and_may_be_tried_again(
    tests: LoadTests, executor: FakeExecutor
) -> None:
    executor.fail_with = FailureKind.LOST
    picture = tried(tests, a_request())
    assert picture.status is ExperimentStatus.STOPPED
    assert picture.result.reason == "The model could not be run."
    executor.fail_with = None
    tests.resume(picture.experiment_id, here())
    assert ended(tests, picture.experiment_id).status is ExperimentStatus.DONE


def test_what_is_no_load_test_cannot_be_resumed(tests: LoadTests) -> None:
    with pytest.raises(RequestError, match="no such load test"):
        tests.resume("20260101-000000-abcdef", here())


def test_one_of_another_environment_cannot_be_resumed_and_its_steps_are_not_used(
    tests: LoadTests, conductor: Conductor
) -> None:
    request = tried(tests, a_request(measured=(), rates=())).request
    elsewhere = request.model_copy(update={"environment_id": "another"})
    (row,) = conductor.experiments.listed()
    key = conductor.experiments.begin(row.kind, "elsewhere", elsewhere.model_dump(mode="json"))
    conductor.experiments.end(key, ExperimentStatus.STOPPED, row.result)
    with pytest.raises(RequestError, match="other hardware"):
        tests.resume(key, here())
    assert tests.plan(a_request(), here()).calibrated_in == row.experiment_id


@pytest.mark.usefixtures("bundled_model")
def test_a_killed_one_is_interrupted_and_keeps_what_it_measured() -> None:
    command = [sys.executable, "-m", "tests.experiments.batching.killed_load_test"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = {process.stdout.readline().strip() for _ in range(2)}
        process.send_signal(signal.SIGKILL)
    (key,) = lines - {"hangs"}
    executor = FakeExecutor()
    with JobManager(make_executor=lambda _: executor) as jobs:
        tests = LoadTests(Conductor(jobs))
        seen = tests.get(key, here())
        assert seen is not None
        assert (seen.status, seen.resumable) == (ExperimentStatus.INTERRUPTED, True)
        assert len(seen.result.measured) == 2
        tests.resume(key, here())
        after = ended(tests, key)
        assert after.status is ExperimentStatus.DONE
        assert after.result.measured[:2] == seen.result.measured
        assert len(executor.started) == 2
