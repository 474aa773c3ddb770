"""Where runs are carried out: the devices of this machine, or those of a cluster's nodes.

A slot carries out one run at a time. Who needs a device by name asks its fleet for slots, and never
what stands behind one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from core.jobs.device_lock import DeviceLock
from core.jobs.executor import Executor
from core.results.hardware import Hardware, present_hardware
from core.variants.environment import CPU, Environment, read_environment

FIRST_GPU = "cuda:0"


@dataclass(frozen=True)
class Slot:
    """One device. `key` names it among all slots: `cuda:0` here, `node-a/cuda:0` on a cluster's
    `node`; `device` is what a spec calls it.
    """

    key: str
    device: str
    hardware: Hardware
    node: str | None = None


class SlotLock(Protocol):
    """What keeps two programs from measuring on one device at once."""

    def try_acquire(self) -> bool:
        """Take the lock if nobody holds it; never waits. Raises RunError where it cannot be told
        whether anybody does, of these NodeLost where the slot's node is gone.
        """

    def release(self) -> None:
        """Give the lock back; does nothing where it is not held."""


class Fleet(Protocol):
    """All slots that there are; safe to call from any thread, and never waits for a device."""

    def slots(self) -> tuple[Slot, ...]:
        """The slots that can be used now, in a fixed order. Raises RequestError where none can."""

    def environment(self, slot: Slot | None = None) -> Environment:
        """What can run on the slot, or on the first one."""

    def executor(self, slot: Slot) -> Executor:
        """A new executor for the slot."""

    def lock(self, slot: Slot) -> SlotLock:
        """The slot's lock."""

    def close(self) -> None:
        """Let go of everything."""


def device_of(key: str) -> str:
    """What a spec calls the device of the slot with that key: an actor sees its one GPU alone."""
    node, _, device = key.rpartition("/")
    return FIRST_GPU if node and device != CPU else device


def local_slots(environment: Environment) -> tuple[Slot, ...]:
    """A slot for each device of a machine."""
    found = ((d.key, present_hardware(environment, d.key)) for d in environment.devices)
    return tuple(Slot(key, key, hardware) for key, hardware in found if hardware is not None)


class LocalFleet:
    """The devices of this machine."""

    def __init__(self, make_executor: Callable[[str], Executor]) -> None:
        self._make_executor = make_executor

    def slots(self) -> tuple[Slot, ...]:
        """One for each device."""
        return local_slots(read_environment())

    def environment(self, slot: Slot | None = None) -> Environment:  # noqa: ARG002 - one for all
        """This machine, read now."""
        return read_environment()

    def executor(self, slot: Slot) -> Executor:
        """As it was told to make one for a device."""
        return self._make_executor(slot.device)

    def lock(self, slot: Slot) -> SlotLock:
        """A lock file of this machine."""
        return DeviceLock(slot.device)

    def close(self) -> None:
        """Nothing of its own is open."""
