"""Requests and executors for tests of sweeps."""

from collections.abc import Callable

from core.errors import FailureKind
from core.experiments.sweeps.sweep_picture import SweepPicture
from core.experiments.sweeps.sweep_request import SweepRequest, sweep_request
from core.experiments.sweeps.sweeps import Sweeps
from core.jobs.executor import OnProgress
from core.jobs.protocol import Outcomes, RunCommand, Task
from core.variants.environment import Environment
from core.variants.spec import RunSpec
from tests.fake_executor import FakeExecutor
from tests.samples import a_cpu, a_failure, an_environment

HERE = an_environment(a_cpu())
AXES = {"precision": ("fp32", "bf16"), "batch_size": (1, 4)}


def a_request(**values: object) -> SweepRequest:
    """Two precisions and two batch sizes, with these fields changed."""
    return sweep_request({"axes": AXES, "base": {"max_new_tokens": 8}, **values})


def swept(
    sweeps: Sweeps, request: SweepRequest | None = None, environment: Environment = HERE
) -> SweepPicture:
    """A sweep that was waited for."""
    return ended(sweeps, sweeps.start(request or a_request(), environment), environment)


def ended(sweeps: Sweeps, key: str, environment: Environment = HERE) -> SweepPicture:
    """How a sweep stands after its end."""
    assert sweeps.wait(key, 20)
    picture = sweeps.picture(key, environment)
    assert picture is not None
    return picture


class FailingExecutor(FakeExecutor):
    """Fails those runs that `fails` names a kind for."""

    def __init__(self, fails: Callable[[RunSpec], FailureKind | None]) -> None:
        super().__init__()
        self.fails = fails

    def carry_out(self, task: Task, on_progress: OnProgress) -> Outcomes:
        """As the fake does, or the failure."""
        assert isinstance(task, RunCommand)
        outcomes = super().carry_out(task, on_progress)
        kind = self.fails(task.spec)
        return (a_failure(task.run_id, task.spec, kind=kind),) if kind else outcomes
