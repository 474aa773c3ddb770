"""What an actor does on its node: owns the worker process of one device, and the device's lock.

Knows nothing of Ray, apart from which of its variables must not reach a measurement.
"""

import contextlib
import os
import queue
import threading

import psutil

from core.errors import RunError
from core.jobs.cluster.messages import (
    TO_SLOT,
    EndWorker,
    FromSlot,
    Locked,
    Said,
    StartWorker,
    Tell,
    TryLock,
    Unlock,
    WorkerEnded,
)
from core.jobs.device_lock import DeviceLock
from core.jobs.protocol import Residents
from core.jobs.worker_process import WorkerProcess
from core.variants.engine import Engine
from core.variants.environment import (
    CPU,
    NODE_VARIABLE,
    THREAD_VARIABLES,
    VISIBLE_DEVICES,
    gpu_uuids,
    read_environment,
)

LOOK_S = 1.0


class Node:
    """One slot of the node; `take` is called by one thread and `news` by another."""

    def __init__(self, slot: str, node: str, device: str) -> None:
        self._slot = slot
        self._device = device
        self._lock = DeviceLock(device)
        self._worker: WorkerProcess | None = None
        self._news: queue.SimpleQueue[FromSlot] = queue.SimpleQueue()
        os.environ[NODE_VARIABLE] = node
        restore(THREAD_VARIABLES)

    def place(self) -> str:
        """What `look_around` calls the device that Ray has given to this actor."""
        if self._device == CPU:
            return CPU
        ours = gpu_uuids(os.environ.get(VISIBLE_DEVICES))
        return f"cuda:{gpu_uuids(_started_with().get(VISIBLE_DEVICES)).index(ours[0])}"

    def take(self, line: str) -> None:
        """Carry out one message of the manager's process."""
        match TO_SLOT.validate_json(line):
            case StartWorker(engine=engine):
                self._start_worker(engine)
            case Tell(command=command):
                if self._worker is not None:
                    self._worker.send(command)
            case EndWorker():
                self._end_worker()
            case TryLock(attempt=attempt):
                self._news.put(self._try_lock(attempt))
            case Unlock():
                self._lock.release()

    def news(self, wait_s: float) -> list[str]:
        """What there is to say, as lines; waits for so many seconds until there is something."""
        found: list[FromSlot] = []
        with contextlib.suppress(queue.Empty):
            found.append(self._news.get(timeout=wait_s))
            while True:
                found.append(self._news.get_nowait())
        return [message.model_dump_json() for message in found]

    def _try_lock(self, attempt: int) -> Locked:
        taken, problem = False, None
        try:
            taken = self._lock.try_acquire()
        except RunError as error:
            problem = str(error)
        return Locked(slot=self._slot, attempt=attempt, taken=taken, problem=problem)

    def _start_worker(self, engine: Engine) -> None:
        self._end_worker()
        try:
            self._worker = worker = WorkerProcess(self._device, engine)
        except OSError as error:
            self._news.put(WorkerEnded(slot=self._slot, ending=str(error), started=False))
            return
        threading.Thread(target=self._follow, args=(worker,), daemon=True).start()

    def _follow(self, worker: WorkerProcess) -> None:
        """Pass on what the worker says, until it has ended."""
        held: Residents | None = None
        while True:
            event = None
            with contextlib.suppress(queue.Empty):
                event = worker.events.get(timeout=LOOK_S)
                if event is None:
                    break
            if worker.residents is not None and worker.residents != held:
                held = worker.residents
                self._news.put(Said(slot=self._slot, event=held))
            if event is not None:
                self._news.put(Said(slot=self._slot, event=event))
        if self._worker is worker:
            ending, for_memory = worker.describe_end(), worker.killed_for_memory
            self._news.put(WorkerEnded(slot=self._slot, ending=ending, for_memory=for_memory))

    def _end_worker(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.end()


def look_around() -> str:
    """The node's environment as JSON, with all its GPUs."""
    restore((*THREAD_VARIABLES, VISIBLE_DEVICES))
    return read_environment().model_dump_json()


def restore(names: tuple[str, ...]) -> None:
    """Give these variables the values that the node was started with: Ray sets threads by what an
    actor reserves, which is not what the person has set.
    """
    started_with = _started_with()
    for name in names:
        if name in started_with:
            os.environ[name] = started_with[name]
        else:
            os.environ.pop(name, None)


def _started_with() -> dict[str, str]:
    """The variables of what has started this process: the node's own."""
    given = psutil.Process().parent()
    return given.environ() if given else {}
