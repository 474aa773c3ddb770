"""A program of its own that a test kills: a load test whose third cell never ends."""

import time

from core.experiments.batching.load_tests import LoadTests
from core.experiments.conductor import Conductor
from core.jobs.executor import OnProgress
from core.jobs.manager import JobManager
from core.jobs.protocol import Outcomes, Task
from tests.experiments.batching.load_testing import a_request, here
from tests.fake_executor import FakeExecutor

TASKS_THAT_END = 3  # the steps, and two cells


class HangingExecutor(FakeExecutor):
    """Carries out three tasks, says so, and hangs in the fourth."""

    def carry_out(self, task: Task, on_progress: OnProgress) -> Outcomes:
        """As the fake does, as long as it does."""
        if len(self.started) == TASKS_THAT_END:
            print("hangs", flush=True)
            time.sleep(60)
        return super().carry_out(task, on_progress)


if __name__ == "__main__":
    tests = LoadTests(Conductor(JobManager(make_executor=lambda _: HangingExecutor())))
    key = tests.start(a_request(), here())
    print(key, flush=True)
    tests.wait(key)
