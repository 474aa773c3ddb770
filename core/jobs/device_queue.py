"""The jobs of one device, carried out one after the other by a thread of their own."""

import logging
import threading
from collections import deque

from core.errors import FailureKind, HistoryError
from core.jobs.device_lock import DeviceLock
from core.jobs.executor import Executor
from core.jobs.job import Job
from core.jobs.protocol import Progress
from core.results.history import History
from core.results.types import Outcome, RunFailure, now

LOCK_POLL_S = 0.1
logger = logging.getLogger(__name__)


class DeviceQueue:
    """First in, first out. A job waits for its place here, then for the device's lock."""

    def __init__(self, device: str, executor: Executor, history: History) -> None:
        self.executor = executor
        self._history = history
        self._lock = DeviceLock(device)
        self._waiting: deque[Job] = deque()
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
            ahead = [*([self._running] if self._running else []), *self._waiting]
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
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing)
            if self._closing:
                return None
            self._running = self._waiting.popleft()
            return self._running

    def _carry_out(self, job: Job) -> Outcome:
        if not self._wait_for_device(job):
            return _cancelled(job)
        try:
            return self.executor.run(
                job.run_id, job.spec, lambda progress: self._note(job, progress)
            )
        except Exception as error:
            logger.exception("run %s failed in the executor", job.run_id)
            return _failure(job, FailureKind.ERROR, f"{type(error).__name__}: {error}")
        finally:
            self._lock.release()

    def _wait_for_device(self, job: Job) -> bool:
        """Wait for the lock, in the order of submission; False where cancelled meanwhile."""
        while not job.cancel_requested:
            if self.place(job) == 1 and self._lock.try_acquire():
                return True
            with self._changed:
                self._changed.wait(LOCK_POLL_S)
        return False

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


def _cancelled(job: Job) -> RunFailure:
    return _failure(job, FailureKind.CANCELLED, "Cancelled before it began to run.")


def _failure(job: Job, kind: FailureKind, message: str) -> RunFailure:
    return RunFailure(
        run_id=job.run_id,
        spec=job.spec,
        submitted_at=job.submitted_at,
        finished_at=now(),
        kind=kind,
        message=message,
        phase=job.progress.phase,
    )
