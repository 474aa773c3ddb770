"""The jobs of one slot, carried out one after the other by a thread of their own."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from core.errors import FailureKind, HistoryError, NodeLost, TradeoffsError
from core.jobs.executor import Executor
from core.jobs.job import Entry, Job
from core.jobs.protocol import Outcomes, Progress
from core.jobs.second_try import told
from core.jobs.slots import Slot, SlotLock
from core.results.history import History

LOCK_POLL_S = 0.1
PATIENCE_S = 2.0
Lost = Callable[["DeviceQueue", Sequence[Entry], str], None]
logger = logging.getLogger(__name__)


class DeviceQueue:
    """First in, first out; of this machine's devices in the order of submission over all processes.

    The lock alone keeps measurements apart; the history tells the order. A device that stays free
    for `PATIENCE_S` seconds is taken out of turn: whoever is next in the history does not come.

    When the slot's node is lost the queue ends, and `lost` is told of all that it leaves behind,
    the running entry first.
    """

    def __init__(
        self, slot: Slot, executor: Executor, lock: SlotLock, history: History, lost: Lost
    ) -> None:
        self.slot = slot
        self.executor = executor
        self._history = history
        self._lock = lock
        self._lost = lost
        self._waiting: list[Entry] = []
        self._running: Entry | None = None
        self._changed = threading.Condition()
        self._closing = False
        self._free_since: float | None = None
        self._gone: str | None = None
        self._thread = threading.Thread(target=self._work, name=f"queue-{slot.key}", daemon=True)
        self._thread.start()

    @property
    def load(self) -> int:
        """How many entries it has, the running one included."""
        return len(self._waiting) + (self._running is not None)

    def add(self, entry: Entry) -> None:
        """Put a task at the end of the queue."""
        with self._changed:
            gone = self._gone
            if gone is None:
                self._waiting.append(entry)
                self._changed.notify_all()
        if gone is not None:
            self._lost(self, [entry], gone)

    def place(self, job: Job[Any]) -> int:
        """How many jobs come before this one, plus one; other processes' jobs count too, and a
        pair counts as one.
        """
        with self._changed:
            waiting = sorted(self._waiting, key=lambda entry: entry.order)
            ahead = [*([self._running] if self._running else []), *waiting]
        here = next((i for i, entry in enumerate(ahead, start=1) if job in entry.jobs), 1)
        if self.slot.node is not None:
            return here
        try:
            return max(here, self._history.queue_place(job.run_id) or 1)
        except HistoryError:
            return here

    def cancel(self, job: Job[Any]) -> None:
        """End a waiting job at once, a running one as soon as its executor can; either run of a
        pair ends both.
        """
        with self._changed:
            known = [*self._waiting, *([self._running] if self._running else [])]
            entry = next((entry for entry in known if job in entry.jobs), None)
            if entry is None:  # on its way to another slot
                job.cancel_requested = True
                return
            for one in entry.jobs:
                one.cancel_requested = True
            waiting = entry in self._waiting
            if waiting:
                self._waiting.remove(entry)
            self._changed.notify_all()
        if waiting:
            self.finish(entry, _cancelled(entry))
        else:
            self.executor.cancel(entry.first.run_id)

    def close(self) -> None:
        """Cancel everything, end the worker, and wait for the thread."""
        with self._changed:
            self._closing = True
            entries = [*self._waiting, *([self._running] if self._running else [])]
            self._changed.notify_all()
        for entry in entries:
            self.cancel(entry.first)
        self._thread.join(timeout=10)
        self.executor.close()

    def finish(self, entry: Entry, outcomes: Outcomes) -> None:
        """Store how an entry ended, and tell whoever waits for it."""
        for job, outcome in zip(entry.jobs, outcomes, strict=True):
            unsaved = None
            try:
                job.store(self._history, outcome)
            except HistoryError as error:
                unsaved = str(error)
                logger.warning("run %s not stored: %s", job.run_id, error)
            except Exception as error:
                unsaved = _words(error)
                logger.exception("run %s not stored", job.run_id)
            job.finish(outcome, unsaved)

    def _work(self) -> None:
        """Nothing but a lost node ends the queue; any other fault ends the entry that it hit."""
        try:
            while (entry := self._first()) is not None:
                try:
                    self._look_at(entry)
                except NodeLost:
                    raise
                except Exception as error:
                    logger.exception("run %s failed in its queue", entry.first.run_id)
                    self._fail(entry, error)
        except NodeLost as lost:
            with self._changed:
                left = [*([self._running] if self._running else []), *self._waiting]
                self._running, self._waiting, self._gone = None, [], str(lost)
            self._lost(self, left, str(lost))

    def _first(self) -> Entry | None:
        """Who is next, once there is one; None when closing. It stays in the queue until its turn,
        so that a later look may find an earlier one.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing)
            if self._closing:
                return None
            return min(self._waiting, key=lambda waiting: waiting.order)

    def _look_at(self, entry: Entry) -> None:
        """Carry the entry out if it is its turn, else wait a little."""
        if not self._take_turn(entry):
            with self._changed:
                self._changed.wait(LOCK_POLL_S)
            return
        outcomes = self._carry_out(entry)
        with self._changed:
            self._running = None
        self.finish(entry, told(entry, outcomes))

    def _take_turn(self, entry: Entry) -> bool:
        """Take the device's lock and make the entry the running one; whether both went well."""
        if not self._lock.try_acquire():
            self._free_since = None
            return False
        self._free_since = self._free_since or time.monotonic()
        patient = time.monotonic() - self._free_since < PATIENCE_S
        if not (patient and self.place(entry.first) > 1) and self._begin(entry):
            self._free_since = None
            return True
        self._lock.release()
        return False

    def _fail(self, entry: Entry, error: Exception) -> None:
        """End an entry that its queue could not begin or end, unless it is over."""
        with self._changed:
            over = entry is not self._running and entry not in self._waiting
            self._waiting = [waiting for waiting in self._waiting if waiting is not entry]
            self._running = None
        with contextlib.suppress(OSError):
            self._lock.release()
        if not over:
            self.finish(entry, told(entry, entry.failed(FailureKind.ERROR, _words(error))))

    def _begin(self, entry: Entry) -> bool:
        """Make the entry the running one; False where it was cancelled meanwhile."""
        with self._changed:
            if entry not in self._waiting:
                return False
            self._waiting.remove(entry)
            self._running = entry
            return True

    def _carry_out(self, entry: Entry) -> Outcomes:
        try:
            if entry.cancelled:
                return _cancelled(entry)
            entry.begun = True
            return self.executor.carry_out(entry.task, partial(self._note, entry))
        except NodeLost:
            raise
        except Exception as error:
            logger.exception("run %s failed in the executor", entry.first.run_id)
            return entry.failed(FailureKind.ERROR, _words(error))
        finally:
            self._lock.release()

    def _note(self, entry: Entry, progress: Progress) -> None:
        if not entry.note(progress):
            return
        for job in entry.jobs:
            try:
                job.note_phase(self._history)
            except HistoryError as error:
                logger.warning("phase of %s not stored: %s", job.run_id, error)


def _words(error: Exception) -> str:
    """Its text; a fault that nobody foresaw is called by its type too."""
    foreseen = isinstance(error, TradeoffsError)
    return str(error) if foreseen else f"{type(error).__name__}: {error}"


def _cancelled(entry: Entry) -> Outcomes:
    return entry.failed(FailureKind.CANCELLED, "The run was stopped before it began.")
