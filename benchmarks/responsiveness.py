"""How soon does a run begin to measure, and how long does loading take?

From `submit` to the first measured repeat on a resident variant, less the warm-up: the queue, the
history's row, the pipe and the worker's own checks. A load is that of the converted bundled model,
each in a worker that has just been dropped its copy.
"""

import time
from collections.abc import Iterator

from benchmarks.rows import Row, within
from benchmarks.runs import bundled_spec, carry_out, run_bundled
from core.jobs.executor import OnProgress
from core.jobs.local_executor import LocalExecutor
from core.jobs.manager import JobManager
from core.jobs.protocol import Outcomes, Progress, Task
from core.results.measured import Phase
from core.variants.environment import read_environment

RUNS = 15
LOADS = 7
WORKLOAD = {"max_new_tokens": 4, "warmup": 1}
START_LIMIT_S = 0.150
LOAD_LIMIT_S = 2.0


class WatchedExecutor(LocalExecutor):
    """The program's own executor, which also notes when measuring was first reported."""

    measuring_at = 0.0

    def carry_out(self, task: Task, on_progress: OnProgress) -> Outcomes:
        """Carry out the task as ever."""
        self.measuring_at = 0.0

        def note(progress: Progress) -> None:
            if progress.phase is Phase.MEASURING and not self.measuring_at:
                self.measuring_at = time.perf_counter()
            on_progress(progress)

        return super().carry_out(task, note)


def measure() -> Iterator[Row]:
    """Start of measuring on a resident variant, then loads."""
    device = read_environment().default_device
    executor = WatchedExecutor(device)
    with JobManager(make_executor=lambda _: executor) as manager:
        run_bundled(manager, **WORKLOAD)
        starts = [_start_s(manager, executor) for _ in range(RUNS)]
        yield within("submit to first measured repeat, less warm-up", starts, START_LIMIT_S, "s")
        loads = [_load_s(manager) for _ in range(LOADS)]
        yield within("load of the converted bundled model", loads, LOAD_LIMIT_S, "s")


def _start_s(manager: JobManager, executor: WatchedExecutor) -> float:
    spec = bundled_spec(**WORKLOAD)
    start = time.perf_counter()
    result = carry_out(manager, spec)
    if not result.times.was_resident:
        raise RuntimeError("the variant was not resident")
    return executor.measuring_at - start - sum(result.samples.warmup_s)


def _load_s(manager: JobManager) -> float:
    spec = bundled_spec(**WORKLOAD)
    manager.drop(spec.variant.device, spec.variant.id)
    result = carry_out(manager, spec)
    if result.times.was_resident or result.times.load_s is None:
        raise RuntimeError("the variant was not loaded anew")
    return result.times.load_s
