"""A program of its own that a test kills: a sweep whose third cell never ends."""

import sys
import time

from core.experiments.conductor import Conductor
from core.experiments.sweeps.sweeps import Sweeps
from core.jobs.executor import OnProgress
from core.jobs.manager import JobManager
from core.jobs.protocol import Outcomes, Task
from tests.experiments.sweeping import HERE, a_request
from tests.fake_executor import FakeExecutor

CELLS_THAT_END = 2


class HangingExecutor(FakeExecutor):
    """Measures two cells, says so, and hangs in the third."""

    def carry_out(self, task: Task, on_progress: OnProgress) -> Outcomes:
        """As the fake does, as long as it does."""
        if len(self.started) == CELLS_THAT_END:
            print("hangs", flush=True)
            time.sleep(60)
        return super().carry_out(task, on_progress)


if __name__ == "__main__":
    sweeps = Sweeps(Conductor(JobManager(make_executor=lambda _: HangingExecutor())))
    key = sweeps.start(a_request(fresh="fresh" in sys.argv), HERE)
    print(key, flush=True)
    sweeps.wait(key)
