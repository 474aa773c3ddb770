"""A worker on a cluster's node, and its device's lock, as the manager's process sees them."""

import itertools
import queue
import threading
from collections.abc import Callable

from core.errors import NodeLost, RunError
from core.jobs.cluster.messages import (
    EndWorker,
    FromSlot,
    Locked,
    Said,
    SlotLost,
    StartWorker,
    Tell,
    ToSlot,
    TryLock,
    Unlock,
    WorkerEnded,
)
from core.jobs.protocol import Residents
from core.jobs.worker import Sent, TaskEvent
from core.results.hardware import Hardware
from core.variants.engine import Engine

LOCK_S = 90.0
ATTEMPTS = itertools.count(1)  # numbered over all ends, so that no late answer counts for another
Send = Callable[[ToSlot], None]


class RemoteSlot:
    """One slot's end of the bridge: its lock, and the worker that was started last. `hardware` is
    what it was offered as, `lost` says how the node was lost, None as long as it is there.
    """

    def __init__(self, key: str, hardware: Hardware, send: Send) -> None:
        self.key = key
        self.hardware = hardware
        self.lost: str | None = None
        self._pass_on = send
        self._sending = threading.RLock()
        self._attempts = 0
        self._worker: RemoteWorker | None = None
        self._locked: queue.SimpleQueue[Locked | None] = queue.SimpleQueue()

    def send(self, message: ToSlot) -> None:
        """Send a message, unless the slot is lost."""
        with self._sending:
            if self.lost is None:
                self._pass_on(message)

    def start(self, device: str, engine: Engine) -> "RemoteWorker":  # noqa: ARG002 - its own device
        """Start its worker. Raises NodeLost."""
        self._worker = worker = RemoteWorker(self)
        self.check()
        self.send(StartWorker(slot=self.key, engine=engine))
        return worker

    def take(self, message: FromSlot) -> None:
        """Take in what the bridge says of the slot."""
        worker = self._worker
        match message:
            case Locked(attempt=attempt) if attempt == self._attempts:
                self._locked.put(message)
            case Said(event=event) if worker is not None:
                worker.take(event)
            case WorkerEnded() if worker is not None:
                worker.close(message)
            case SlotLost(reason=reason):
                self.lose(reason)
            case _:
                pass

    def lose(self, reason: str) -> None:
        """The slot cannot be used any more; whoever waits for it is told. What was locked, or is
        just being locked, is given back where the node is still there.
        """
        with self._sending:
            if self.lost is not None:
                return
            self.send(Unlock(slot=self.key))
            self.lost = reason
        self._locked.put(None)
        if self._worker is not None:
            self._worker.close(None)

    def try_acquire(self) -> bool:
        """Take the device's lock on the node, if nobody holds it. Raises NodeLost, and RunError
        with what the node says where it cannot tell.
        """
        self._attempts = next(ATTEMPTS)
        while not self._locked.empty():
            self._locked.get()
        self.check()
        self.send(TryLock(slot=self.key, attempt=self._attempts))
        try:
            answer = self._locked.get(timeout=LOCK_S)
        except queue.Empty:
            self.send(Unlock(slot=self.key))
            raise NodeLost(f"{self.key} has not answered for {LOCK_S:.0f} s") from None
        self.check()
        if answer is not None and answer.problem is not None:
            raise RunError(answer.problem)
        return answer is not None and answer.taken

    def release(self) -> None:
        """Give that lock back; a node that is gone holds none."""
        self.send(Unlock(slot=self.key))

    def check(self) -> None:
        """Raises NodeLost where the slot is lost."""
        if self.lost is not None:
            raise NodeLost(self.lost)


class RemoteWorker:
    """A `Worker` whose commands and events pass over the bridge."""

    def __init__(self, slot: RemoteSlot) -> None:
        self.residents: Residents | None = None
        self.retired = False
        self.events: queue.Queue[TaskEvent | None] = queue.Queue()
        self._slot = slot
        self._ending: WorkerEnded | None = None
        self._over = False

    @property
    def alive(self) -> bool:
        """Whether it runs, as far as is known here."""
        return not self.retired and not self._over

    @property
    def killed_for_memory(self) -> bool:
        """Whether its node said so."""
        return self._ending is not None and self._ending.for_memory

    def take(self, event: TaskEvent | Residents) -> None:
        """Take in what the worker says."""
        if isinstance(event, Residents):
            self.residents = event
        else:
            self.events.put(event)

    def close(self, ending: WorkerEnded | None) -> None:
        """It has ended, or its node is lost."""
        self._ending = ending
        self._over = True
        self.events.put(None)

    def send(self, command: Sent) -> None:
        """Send one command."""
        self._slot.send(Tell(slot=self._slot.key, command=command))

    def describe_end(self) -> str:
        """What its node said of its end; raises NodeLost where the node is lost, and OSError where
        it could not start it.
        """
        self._slot.check()
        if self._ending is not None and not self._ending.started:
            raise OSError(self._ending.ending)
        return self._ending.ending if self._ending else "it was ended."

    def end(self) -> None:
        """Ask the node to end it."""
        if not self._over:
            self._over = True
            self._slot.send(EndWorker(slot=self._slot.key))
