"""Trials of claims: arms alone and in turns, judged, stopped, resumed, one after the other."""

from pathlib import Path

import pytest

from core.analysis.claims.register import CLAIMS, find_claim, numbers_of
from core.analysis.claims.verdict import VerdictKind
from core.errors import FailureKind, RequestError
from core.experiments.claims.claim_schedule import schedule
from core.experiments.claims.claims import Claims
from core.experiments.conductor import Conductor
from core.experiments.turns import Turns
from core.jobs.executor import OnProgress
from core.jobs.manager import JobManager
from core.jobs.protocol import Outcomes, Task
from core.results.experiments import ExperimentStatus
from core.results.measured import Phase
from core.variants.environment import Environment
from core.variants.request import problems
from tests.experiments.trying import ended, here, tried
from tests.fake_executor import FakeExecutor
from tests.jobs.waiting import until
from tests.sample_claims import ON_CPU, ON_GPU


@pytest.fixture
def claims(conductor: Conductor) -> Claims:
    return Claims(conductor)


def test_each_claim_has_a_number_and_arms_that_can_run_on_a_processor(jobs: JobManager) -> None:
    assert [claim.number for claim in CLAIMS] == list(range(1, 10))
    for claim in CLAIMS:
        planned = schedule(claim, ON_CPU, jobs.history)
        assert not planned.problems, (claim.number, planned.problems)
        assert planned.seconds, claim.number
        labels = [arm.label for step in planned.steps for arm in step.arms]
        assert len(set(labels)) == len(labels)


@pytest.mark.parametrize("number", [claim.number for claim in CLAIMS])
def test_each_claim_has_arms_that_can_run_on_a_gpu(number: int) -> None:
    claim = find_claim(number)
    specs = [arm.spec for step in claim.trial(ON_GPU) for arm in step.arms]
    assert {spec.variant.device for spec in specs} == {"cuda:0"}
    found = [str(p) for spec in specs for p in problems(spec, ON_GPU.environment)]
    assert [problem for problem in found if "not installed" not in problem] == []


def test_a_slow_machine_gets_a_smaller_trial_and_a_thorough_one_is_larger(
    jobs: JobManager,
) -> None:
    claim = find_claim(6)
    usual, thorough = (schedule(claim, ON_CPU, jobs.history, long) for long in (False, True))
    tokens = [one.steps[0].arms[0].spec.workload.max_new_tokens for one in (usual, thorough)]
    assert tokens[0] < tokens[1]
    assert usual.seconds
    assert usual.seconds.likely <= 180
    assert schedule(find_claim(3), ON_CPU, jobs.history).left_out


def test_a_trial_measures_every_arm_links_it_and_judges(
    claims: Claims, jobs: JobManager, executor: FakeExecutor
) -> None:
    picture = tried(claims, 5)
    assert picture.status is ExperimentStatus.DONE
    assert picture.done == picture.total == 4
    assert picture.verdict
    labels = list(claims.run_ids(picture.experiment_id))
    assert labels == ["batch 1", "batch 16", "batch 2", "batch 4", "batch 8"]
    runs = [jobs.history.get(run_id) for run_id in claims.run_ids(picture.experiment_id).values()]
    paired = [run.outcome.pairing is not None for run in runs if run and run.outcome]  # type: ignore[union-attr]
    assert paired == [True, True, False, False, False]
    assert len(executor.started) == 4  # a pair is one measurement
    found = claims.latest(here().environment)[5]
    assert found.judged
    assert found.judged.result
    assert found.judged.result.verdict == picture.verdict
    assert not found.judged.elsewhere


def test_nothing_measured_before_enters_a_trial(claims: Claims, executor: FakeExecutor) -> None:
    first, second = tried(claims, 8), tried(claims, 8)
    assert first.experiment_id != second.experiment_id
    assert len(executor.started) == 4
    newest = claims.latest(here().environment)[8]
    assert newest.begun.experiment_id == second.experiment_id


def test_an_arm_that_fails_leaves_its_claim_undecided(
    claims: Claims, executor: FakeExecutor
) -> None:
    executor.fail_with = FailureKind.OUT_OF_MEMORY
    picture = tried(claims, 1)
    assert picture.status is ExperimentStatus.DONE
    assert picture.verdict
    assert picture.verdict.kind is VerdictKind.UNDECIDED
    assert "gpt2-large was not measured" in " ".join(picture.verdict.untested)


class HoldsAfterTheFirst(FakeExecutor):
    """Its first measurement ends at once, the second is held."""

    def carry_out(self, task: Task, on_progress: OnProgress) -> Outcomes:
        """As the fake does."""
        if len(self.started) == 1:
            self.hold = Phase.MEASURING
        return super().carry_out(task, on_progress)


@pytest.fixture
def holding() -> HoldsAfterTheFirst:
    return HoldsAfterTheFirst()


def test_a_stopped_trial_has_no_verdict_and_goes_on_with_what_is_open(
    holding: HoldsAfterTheFirst,
    bundled_model: Path,  # noqa: ARG001 - so that a prompt's tokens can be counted
) -> None:
    with JobManager(make_executor=lambda _: holding) as jobs:
        claims = Claims(Conductor(jobs))
        key = claims.start(5, here())
        until(lambda: len(holding.started) == 2 and holding.running)
        claims.stop(key)
        stopped = ended(claims, key)
        assert (stopped.done, stopped.verdict) == (1, None)
        assert stopped.reason == "It was stopped."
        assert claims.latest(here().environment)[5].begun.resumable
        holding.release()
        claims.resume(key, here().environment)
        resumed = ended(claims, key)
        assert resumed.verdict
        assert len(holding.started) == 2 + 3  # the pair and the one that was stopped, then the rest


def test_a_trial_that_was_stopped_at_its_first_step_measures_all_of_it_again(
    claims: Claims, executor: FakeExecutor
) -> None:
    executor.hold = Phase.MEASURING
    key = claims.start(1, here())
    until(lambda: executor.running)
    claims.stop(key)
    assert ended(claims, key).status is ExperimentStatus.STOPPED
    found = claims.latest(here().environment)[1]
    assert found.begun.resumable
    assert found.judged is None
    executor.release()
    claims.resume(key, here().environment)
    assert ended(claims, key).verdict
    assert claims.latest(here().environment)[1].judged


def test_a_stopped_trial_leaves_the_verdict_of_the_one_before_it(
    claims: Claims, executor: FakeExecutor
) -> None:
    judged = tried(claims, 8)
    executor.hold = Phase.MEASURING
    key = claims.start(8, here())
    until(lambda: executor.running)
    claims.stop(key)
    ended(claims, key)
    found = claims.latest(here().environment)[8]
    assert found.begun.experiment_id == key
    assert found.judged
    assert found.judged.experiment_id == judged.experiment_id


def test_a_restarted_program_resumes_what_a_crash_has_left(
    claims: Claims, jobs: JobManager, executor: FakeExecutor
) -> None:
    executor.hold = Phase.MEASURING
    key = claims.start(8, here())
    until(lambda: executor.running)
    claims.stop(key)
    ended(claims, key)
    executor.release()
    later = Claims(Conductor(jobs))
    assert later.picture(key) is None
    later.resume(key, here().environment)
    assert ended(later, key).verdict


def test_another_environments_trial_is_shown_as_such_and_not_resumed(
    claims: Claims, executor: FakeExecutor
) -> None:
    executor.hold = Phase.MEASURING
    key = claims.start(8, here())
    until(lambda: executor.running)
    claims.stop(key)
    ended(claims, key)
    other: Environment = here().environment.model_copy(update={"python": "3.99"})
    assert claims.latest(other)[8].begun.elsewhere
    with pytest.raises(RequestError, match="other hardware"):
        claims.resume(key, other)
    with pytest.raises(RequestError, match="no such trial"):
        claims.resume("nothing", here().environment)


def test_trials_follow_one_another(claims: Claims, executor: FakeExecutor) -> None:
    executor.hold = Phase.MEASURING
    first, second = claims.start(8, here()), claims.start(7, here())
    until(lambda: executor.running)
    waiting = claims.picture(second)
    assert waiting
    assert waiting.ahead == 1
    assert not waiting.label
    executor.release()
    assert ended(claims, first).verdict
    assert ended(claims, second).verdict
    assert executor.most_running == 1


def test_a_waiting_trial_can_be_stopped_before_its_turn(
    claims: Claims, executor: FakeExecutor
) -> None:
    executor.hold = Phase.MEASURING
    first, second = claims.start(8, here()), claims.start(7, here())
    claims.stop(second)
    assert ended(claims, second).status is ExperimentStatus.STOPPED
    assert not claims.run_ids(second)
    executor.release()
    assert ended(claims, first).verdict


def test_turns_are_given_in_order() -> None:
    turns = Turns()
    assert turns.wait("a", lambda: False)
    assert not turns.wait("b", lambda: True)
    assert turns.ahead("b") == 0
    turns.done("a")
    assert turns.wait("c", lambda: False)


def test_numbers_are_read_as_typed() -> None:
    assert numbers_of("3,1,3") == (3, 1)
    for wrong in ("", "x", "1,,2", "10", "0"):
        with pytest.raises(RequestError):
            numbers_of(wrong)
