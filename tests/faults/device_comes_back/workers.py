"""The worker of an executor under test, as the operating system sees it."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

import psutil

from core.jobs.local_executor import LocalExecutor
from core.jobs.protocol import Progress
from core.results.measured import Phase
from core.results.types import RunResult
from core.variants.spec import RunSpec
from tests.carrying import run

WORKER = "core.engine.worker"


def works(executor: LocalExecutor, spec: RunSpec, run_id: str = "good") -> RunResult:
    """The result of a run that must have one."""
    outcome = run(executor, run_id, spec)
    assert isinstance(outcome, RunResult), outcome
    return outcome


def worker() -> psutil.Process:
    """The worker process below this one that was started last."""
    found = [child for child in psutil.Process().children() if WORKER in child.cmdline()]
    return max(found, key=psutil.Process.create_time)


def spare(process: psutil.Process, extra_bytes: int) -> None:
    """Let the process have so much more address space than it has now, and no more."""
    limit = process.memory_info().vms + extra_bytes
    process.rlimit(psutil.RLIMIT_AS, (limit, psutil.RLIM_INFINITY))


@contextlib.contextmanager
def plenty_again() -> Iterator[None]:
    """Lift the worker's limit at the end, where it still lives."""
    try:
        yield
    finally:
        with contextlib.suppress(ValueError, psutil.NoSuchProcess):
            worker().rlimit(psutil.RLIMIT_AS, (psutil.RLIM_INFINITY, psutil.RLIM_INFINITY))


def once_in(
    phase: Phase, act: Callable[[], None], after_s: float = 0.0, detail: str = ""
) -> Callable[[Progress], None]:
    """Do something, once, in a thread, so many seconds after a run has come into that phase and has
    told of it in words that begin like `detail`.
    """
    begun = threading.Event()

    def late() -> None:
        time.sleep(after_s)
        act()

    def notice(progress: Progress) -> None:
        fits = progress.phase is phase and progress.detail.startswith(detail)
        if fits and not begun.is_set():
            begun.set()
            threading.Thread(target=late).start()

    return notice
