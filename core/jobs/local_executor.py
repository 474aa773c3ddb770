"""Carries out runs in a worker process, one worker per device, by default on this machine.

A crash of the engine ends the worker, never the caller; the next run starts a new worker, and so
does a run of another engine.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable

from core.errors import FailureKind
from core.jobs.deadlines import read_deadlines
from core.jobs.executor import OnProgress
from core.jobs.protocol import (
    CancelCommand,
    DropCommand,
    Outcomes,
    Progress,
    Residents,
    Retiring,
    Task,
)
from core.jobs.watch import Watch
from core.jobs.worker import Worker
from core.jobs.worker_process import WorkerProcess
from core.results.measured import Phase
from core.variants.engine import DEFAULT_ENGINE, Engine

CANCEL_GRACE_S = 1.0
WAKE_S = 0.25
UNSTARTED = "The worker cannot be started: {}."
logger = logging.getLogger(__name__)


class LocalExecutor:
    """An `Executor` over a worker that it starts when the first run comes."""

    def __init__(
        self,
        device: str,
        deadlines_s: dict[Phase, float] | None = None,
        start: Callable[[str, Engine], Worker] = WorkerProcess,
    ) -> None:
        self._device = device
        self._deadlines_s = deadlines_s or read_deadlines()
        self._start = start
        self._process: Worker | None = None
        self._engine = DEFAULT_ENGINE
        self._cancelled_at: dict[str, float] = {}
        self._lock = threading.Lock()

    def carry_out(self, task: Task, on_progress: OnProgress) -> Outcomes:
        """Carry out one task in the worker and wait for its end."""
        watch = Watch(task, on_progress)
        if watch.run_id in self._cancelled_at:
            return watch.failed(FailureKind.CANCELLED, "The run was stopped before it began.")
        try:
            return self._attempt(watch, task)
        finally:
            self._cancelled_at.pop(watch.run_id, None)

    def cancel(self, run_id: str) -> None:
        """Set the worker's flag; a worker that does not see it in time is ended."""
        self._cancelled_at[run_id] = time.monotonic()
        if self._process is not None:
            self._process.send(CancelCommand(run_id=run_id))

    def residents(self) -> Residents | None:
        """What the worker holds, as it last said."""
        process = self._process
        return process.residents if process is not None and process.alive else None

    def drop(self, variant_id: str) -> None:
        """Ask the worker to free a variant; it does so between runs."""
        if self._process is not None:
            self._process.send(DropCommand(variant_id=variant_id))

    def close(self) -> None:
        """End the worker with all its children."""
        if self._process is not None:
            self._end_worker(self._process)

    def _attempt(self, watch: Watch, task: Task) -> Outcomes:
        try:
            process = self._alive(watch, task.engine)
        except OSError as error:
            return watch.failed(FailureKind.LOST, UNSTARTED.format(error))
        process.send(task)
        return self._follow(process, watch)

    def _alive(self, watch: Watch, engine: Engine) -> Worker:
        """The engine's worker. That of another engine is ended first: what it holds would take
        memory from this one's, and no variant of it could be told apart from what is free.
        """
        if self._process is not None and (not self._process.alive or self._engine != engine):
            self._end_worker(self._process)
        if self._process is None:
            watch.report(Phase.LOADING, "starting the worker process")
            self._process, self._engine = self._start(self._device, engine), engine
        return self._process

    def _follow(self, process: Worker, watch: Watch) -> Outcomes:
        while True:
            outcomes = self._step(process, watch)
            if outcomes is not None:
                return outcomes

    def _step(self, process: Worker, watch: Watch) -> Outcomes | None:
        """Take in one event, if there is one, and look at the clock: a busy worker may be late."""
        try:
            event = process.events.get(timeout=WAKE_S)
        except queue.Empty:
            return self._overdue(process, watch)
        if event is None:
            return self._lost(process, watch)
        if isinstance(event, Retiring):
            process.retired = True
            if event.redo_run_id == watch.run_id:
                return self._attempt(watch, watch.task.because(event.reason))
        elif isinstance(event, Progress):
            if event.run_id == watch.run_id:
                watch.take(event)
        else:
            if event.outcomes[0].run_id == watch.run_id:
                return event.outcomes
        return self._overdue(process, watch)

    def _overdue(self, process: Worker, watch: Watch) -> Outcomes | None:
        cancelled_at = self._cancelled_at.get(watch.run_id)
        if cancelled_at is not None and time.monotonic() - cancelled_at > CANCEL_GRACE_S:
            self._end_worker(process)
            return watch.failed(
                FailureKind.CANCELLED,
                "The worker had to be ended to stop the run; what it held is no longer resident.",
            )
        limit = self._deadlines_s.get(watch.phase)
        if limit is not None and watch.phase_seconds > limit:
            self._end_worker(process)
            message = f"{watch.phase} took longer than {limit:.0f} s; the worker was ended."
            return watch.failed(FailureKind.TIMEOUT, message)
        return None

    def _lost(self, process: Worker, watch: Watch) -> Outcomes:
        """The worker's output ended in the middle of a run."""
        try:
            ending = process.describe_end()
        except OSError as error:
            return watch.failed(FailureKind.LOST, UNSTARTED.format(error))
        finally:
            self._end_worker(process)
        if watch.run_id in self._cancelled_at:
            return watch.failed(FailureKind.CANCELLED, "The worker was ended to stop the run.")
        if process.killed_for_memory:
            return watch.failed(
                FailureKind.OUT_OF_MEMORY,
                f"The operating system killed the worker: out of memory. {ending}",
            )
        return watch.failed(FailureKind.LOST, f"The worker process ended: {ending}")

    def _end_worker(self, process: Worker) -> None:
        with self._lock:
            process.end()
            if self._process is process:
                self._process = None
