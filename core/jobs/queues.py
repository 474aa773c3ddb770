"""The queues of all slots: which slot a task goes to, and where to when a slot is lost."""

import threading
from collections.abc import Sequence

from core.errors import RequestError
from core.jobs.device_queue import DeviceQueue
from core.jobs.job import Entry
from core.jobs.second_try import given_up
from core.jobs.slots import Fleet, Slot
from core.results.history import History


class Queues:
    """A queue for each slot of a fleet, begun when something is first put into it; safe to call
    from any thread.
    """

    def __init__(self, fleet: Fleet, history: History) -> None:
        self._fleet = fleet
        self._history = history
        self._queues: dict[str, DeviceQueue] = {}
        self._lock = threading.Lock()

    def slot_for(self, device: str, wanted: Slot | None = None) -> Slot:
        """The slot that a task for that device would be carried out on: the wanted one as long as
        it is there, else the least busy of those like it, or like the first one with the device.

        Raises RequestError where there is none.
        """
        there = self._fleet.slots()
        if wanted is not None and wanted in there:
            return wanted
        return self._like(device, wanted, there)

    def of(self, slot: Slot) -> DeviceQueue:
        """The slot's queue."""
        with self._lock:
            if slot.key not in self._queues:
                executor, lock = self._fleet.executor(slot), self._fleet.lock(slot)
                queue = DeviceQueue(slot, executor, lock, self._history, self._move)
                self._queues[slot.key] = queue
            return self._queues[slot.key]

    def of_device(self, device: str) -> list[DeviceQueue]:
        """The queues that were begun for slots with that device."""
        return [queue for queue in list(self._queues.values()) if queue.slot.device == device]

    def close(self) -> None:
        """Cancel what is in them, and end all workers."""
        for queue in list(self._queues.values()):
            queue.close()

    def _like(self, device: str, like: Slot | None, slots: Sequence[Slot]) -> Slot:
        fitting = [slot for slot in slots if slot.device == device]
        if not fitting:
            known = tuple(dict.fromkeys(slot.device for slot in slots))
            raise RequestError("device", device, "there is no such device.", known)
        hardware = like.hardware if like else fitting[0].hardware
        alike = [slot for slot in fitting if slot.hardware == hardware]
        if not alike:
            raise RequestError(
                "device", like.key if like else None, "it is gone, and no other is like it."
            )
        return min(alike, key=self._load)

    def _load(self, slot: Slot) -> int:
        queue = self._queues.get(slot.key)
        return queue.load if queue else 0

    def _move(self, queue: DeviceQueue, left: Sequence[Entry], lost: str) -> None:
        """A slot's node is gone: what had begun there is tried once more elsewhere, and what had
        waited there waits elsewhere.
        """
        with self._lock:
            if self._queues.get(queue.slot.key) is queue:
                del self._queues[queue.slot.key]
        for entry in left:
            twice = entry.begun and entry.lost is not None
            elsewhere = None if twice else self._elsewhere(entry, queue.slot)
            if elsewhere is None:
                queue.finish(entry, given_up(entry, lost))
            else:
                entry.move(elsewhere, lost)
                self.of(elsewhere).add(entry)

    def _elsewhere(self, entry: Entry, lost: Slot) -> Slot | None:
        """A like slot for an entry that nobody has cancelled."""
        if entry.cancelled:
            return None
        try:
            there = [slot for slot in self._fleet.slots() if slot.key != lost.key]
            return self._like(entry.first.device, lost, there)
        except RequestError:
            return None
