"""What the manager's process and the bridge say to each other: one JSON object per line."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from core.jobs.protocol import Command, Event
from core.results.record import Record
from core.variants.engine import DEFAULT_ENGINE, Engine
from core.variants.environment import Environment


class StartWorker(Record):
    """Start the slot's worker, of that engine."""

    type: Literal["start"] = "start"
    slot: str
    engine: Engine = DEFAULT_ENGINE


class Tell(Record):
    """Send a command to the slot's worker."""

    type: Literal["tell"] = "tell"
    slot: str
    command: Command


class EndWorker(Record):
    """End the slot's worker with all its children."""

    type: Literal["end"] = "end"
    slot: str


class TryLock(Record):
    """Take the node's lock on the device, if it is free; answered by `Locked` of that attempt."""

    type: Literal["try_lock"] = "try_lock"
    slot: str
    attempt: int


class Unlock(Record):
    """Give that lock back."""

    type: Literal["unlock"] = "unlock"
    slot: str


ToSlot = Annotated[StartWorker | Tell | EndWorker | TryLock | Unlock, Field(discriminator="type")]


class FoundSlot(Record):
    """A device of a node. `environment` is the node's, as the slot's worker will find it."""

    key: str
    node: str
    device: str
    environment: Environment


class Found(Record):
    """All slots of the cluster as it is now; sent when it was joined and whenever that changes."""

    type: Literal["found"] = "found"
    slots: tuple[FoundSlot, ...]


class Unreachable(Record):
    """The cluster could not be joined; the bridge ends."""

    type: Literal["unreachable"] = "unreachable"
    reason: str


class Said(Record):
    """The slot's worker has said something."""

    type: Literal["said"] = "said"
    slot: str
    event: Event


class WorkerEnded(Record):
    """The slot's worker has ended, or could not be started at all, and the node lives."""

    type: Literal["worker_ended"] = "worker_ended"
    slot: str
    ending: str
    for_memory: bool = False
    started: bool = True


class Locked(Record):
    """Whether the lock was taken; `problem` says why that cannot be told."""

    type: Literal["locked"] = "locked"
    slot: str
    attempt: int
    taken: bool
    problem: str | None = None


class SlotLost(Record):
    """The slot cannot be used any more; `reason` is a clause, such as `node-a is gone`."""

    type: Literal["slot_lost"] = "slot_lost"
    slot: str
    reason: str


FromSlot = Said | WorkerEnded | Locked | SlotLost
FromBridge = Annotated[
    Found | Unreachable | Said | WorkerEnded | Locked | SlotLost, Field(discriminator="type")
]

TO_SLOT: TypeAdapter[ToSlot] = TypeAdapter(ToSlot)
FROM_BRIDGE: TypeAdapter[FromBridge] = TypeAdapter(FromBridge)
