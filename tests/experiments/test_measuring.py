"""One run of an experiment: linked as it is submitted, cancelled with it, and losses in a row."""

import pytest

from core.errors import FailureKind
from core.experiments.measuring import Losses, Measuring
from core.experiments.run_end import RunEnd, end_of
from core.jobs.manager import JobManager
from core.results.experiments import ExperimentKind, Experiments
from core.results.measured import Phase
from core.results.types import RunFailure
from tests.fake_executor import FakeExecutor
from tests.samples import a_failure, a_result, a_spec

LOST = RunEnd("r", 1.0, 0.0, FailureKind.LOST, "lost: killed")
DONE = RunEnd("r", 1.0, 0.5)
FP32, BF16, NF4 = (a_spec(precision=name) for name in ("fp32", "bf16", "nf4"))


@pytest.fixture
def measuring(jobs: JobManager) -> Measuring:
    experiments = Experiments(jobs.history)
    return Measuring(jobs, experiments, experiments.begin(ExperimentKind.CLAIM, "t", {}))


def test_a_run_is_cancelled_as_soon_as_the_budget_is_used_up(
    measuring: Measuring, executor: FakeExecutor
) -> None:
    executor.hold = Phase.MEASURING
    outcome = measuring.measure(a_spec(), "x", used_up=lambda: bool(executor.started))
    assert isinstance(outcome, RunFailure)
    assert outcome.kind is FailureKind.CANCELLED


def test_a_run_that_is_submitted_after_the_stop_is_cancelled_too(
    measuring: Measuring, executor: FakeExecutor
) -> None:
    executor.hold = Phase.MEASURING
    measuring.stop()
    outcome = measuring.measure(a_spec(), "x")
    assert isinstance(outcome, RunFailure)
    assert outcome.kind is FailureKind.CANCELLED
    assert measuring.running() == ()


def test_losses_of_many_variants_in_a_row_are_nobodys_fault() -> None:
    losses = Losses(variants=5)
    assert losses.count(FP32, LOST) is None
    assert losses.count(BF16, LOST) is None
    reason = losses.count(NF4, LOST)
    assert reason is not None
    assert "3 times in a row" in reason
    assert "killed" in reason


def test_a_variant_that_always_crashes_does_not_end_the_sweep() -> None:
    losses = Losses(variants=2)
    assert all(losses.count(FP32, LOST) is None for _ in range(8))
    assert losses.count(BF16, DONE) is None
    assert losses.count(BF16, LOST) is None


def test_a_sweep_of_one_variant_gives_up_after_three() -> None:
    losses = Losses(variants=1)
    assert [losses.count(FP32, LOST) is None for _ in range(3)] == [True, True, False]


def test_what_a_run_took_is_told_from_its_phases() -> None:
    result = a_result()
    phases = {Phase.LOADING: 1.0, Phase.WARMING_UP: 5.0, Phase.MEASURING: 20.0, Phase.MEMORY: 2.0}
    result = result.model_copy(
        update={"times": result.times.model_copy(update={"phases_s": phases})}
    )
    end = end_of(result)
    assert (end.seconds, end.timed_s, end.failure, end.settles) == (30.0, 25.0, None, True)


def test_a_lost_or_cancelled_run_does_not_settle_its_cell() -> None:
    assert not end_of(a_failure("r", kind=FailureKind.LOST)).settles
    assert not end_of(a_failure("r", kind=FailureKind.CANCELLED)).settles
    assert end_of(a_failure("r", kind=FailureKind.OUT_OF_MEMORY)).settles
