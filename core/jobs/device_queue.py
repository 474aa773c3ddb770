"""The jobs of one device, carried out one after the other by a thread of their own."""

import logging
import threading
import time
from datetime import datetime

from core.errors import FailureKind, HistoryError
from core.jobs.device_lock import DeviceLock
from core.jobs.executor import Executor
from core.jobs.job import Job, failure_of
from core.jobs.protocol import Progress
from core.results.history import History
from core.results.types import Outcome, RunFailure

LOCK_POLL_S = 0.1
PATIENCE_S = 2.0
logger = logging.getLogger(__name__)


class DeviceQueue:
    """First in, first out, in the order of submission over all processes.

    The lock alone keeps measurements apart; the history tells the order. A device that stays free
    for `PATIENCE_S` seconds is taken out of turn: whoever is next in the history does not come.
    """

    def __init__(self, device: str, executor: Executor, history: History) -> None:
        self.executor = executor
        self._history = history
        self._lock = DeviceLock(device)
        self._waiting: list[Job] = []
        self._running: Job | None = None
        self._changed = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._work, name=f"queue-{device}", daemon=True)
        self._thread.start()

    def add(self, job: Job) -> None:
        """Put a job at the end of the queue."""
        with self._changed:
            self._waiting.append(job)
            self._changed.notify_all()

    def place(self, job: Job) -> int:
        """How many jobs come before this one, plus one; other processes' jobs count too."""
        with self._changed:
            waiting = sorted(self._waiting, key=_order)
            ahead = [*([self._running] if self._running else []), *waiting]
        here = ahead.index(job) + 1 if job in ahead else 1
        try:
            return max(here, self._history.queue_place(job.run_id) or 1)
        except HistoryError:
            return here

    def cancel(self, job: Job) -> None:
        """End a waiting job at once, a running one as soon as its executor can."""
        job.cancel_requested = True
        with self._changed:
            waiting = job in self._waiting
            if waiting:
                self._waiting.remove(job)
            running = self._running is job
            self._changed.notify_all()
        if waiting:
            self._end(job, _cancelled(job))
        elif running:
            self.executor.cancel(job.run_id)

    def close(self) -> None:
        """Cancel everything, end the worker, and wait for the thread."""
        with self._changed:
            self._closing = True
            jobs = [*self._waiting, *([self._running] if self._running else [])]
            self._changed.notify_all()
        for job in jobs:
            self.cancel(job)
        self._thread.join(timeout=10)
        self.executor.close()

    def _work(self) -> None:
        while (job := self._next()) is not None:
            outcome = self._carry_out(job)
            with self._changed:
                self._running = None
            self._end(job, outcome)

    def _next(self) -> Job | None:
        """The next job, with the device's lock taken for it; None when closing.

        A job stays in the queue until its turn, so that a later look may find an earlier one.
        """
        free_since: float | None = None
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closing)
                if self._closing:
                    return None
                job = min(self._waiting, key=_order)
            if self._lock.try_acquire():
                free_since = free_since or time.monotonic()
                patient = time.monotonic() - free_since < PATIENCE_S
                if not (patient and self.place(job) > 1) and self._begin(job):
                    return job
                self._lock.release()
            else:
                free_since = None
            with self._changed:
                self._changed.wait(LOCK_POLL_S)

    def _begin(self, job: Job) -> bool:
        """Make the job the running one; False where it was cancelled meanwhile."""
        with self._changed:
            if job not in self._waiting:
                return False
            self._waiting.remove(job)
            self._running = job
            return True

    def _carry_out(self, job: Job) -> Outcome:
        try:
            return self.executor.run(
                job.run_id, job.spec, lambda progress: self._note(job, progress)
            )
        except Exception as error:
            logger.exception("run %s failed in the executor", job.run_id)
            return failure_of(job, FailureKind.ERROR, f"{type(error).__name__}: {error}")
        finally:
            self._lock.release()

    def _note(self, job: Job, progress: Progress) -> None:
        with job.lock:
            new_phase = progress.phase is not job.progress.phase
            job.progress = progress
        if new_phase:
            try:
                self._history.set_phase(job.run_id, progress.phase)
            except HistoryError as error:
                logger.warning("phase of %s not stored: %s", job.run_id, error)

    def _end(self, job: Job, outcome: Outcome) -> None:
        outcome = outcome.model_copy(update={"submitted_at": job.submitted_at})
        unsaved = None
        try:
            self._history.finish(outcome)
        except HistoryError as error:
            unsaved = str(error)
            logger.warning("run %s not stored: %s", job.run_id, error)
        job.finish(outcome, unsaved)


def _order(job: Job) -> tuple[datetime, str]:
    return job.submitted_at, job.run_id


def _cancelled(job: Job) -> RunFailure:
    return failure_of(job, FailureKind.CANCELLED, "The run was stopped before it began.")
