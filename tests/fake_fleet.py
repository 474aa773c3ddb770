"""A fleet whose slots measure nothing, and whose nodes can be lost."""

from collections.abc import Callable

from core.errors import NodeLost
from core.jobs.executor import Executor, OnProgress
from core.jobs.slots import Slot, SlotLock, device_of, local_slots
from core.results.hardware import Hardware, present_hardware
from core.results.types import Outcome, RunResult
from core.variants.environment import Device, Environment
from core.variants.spec import RunSpec
from tests.fake_executor import FakeExecutor
from tests.sample_machines import a_cpu, a_gpu, an_environment

TWO_GPUS = an_environment(a_cpu(), a_gpu("cuda:0"), a_gpu("cuda:1"))


class SlotExecutor(FakeExecutor):
    """As the fake does, with the slot's machine in its results; raises NodeLost once it is lost."""

    def __init__(self, slot: Slot, machine: Device) -> None:
        super().__init__()
        self.slot = slot
        self.machine = machine
        self.lost = False

    def run(self, run_id: str, spec: RunSpec, on_progress: OnProgress) -> Outcome:
        """See FakeExecutor."""
        outcome = super().run(run_id, spec, on_progress)
        if self.lost:
            raise NodeLost(f"{self.slot.node} was lost")
        return self._here(outcome) if isinstance(outcome, RunResult) else outcome

    def _here(self, result: RunResult) -> RunResult:
        there = {
            "device_name": self.machine.name,
            "driver": self.machine.driver,
            "device_memory_bytes": self.machine.memory_bytes,
            "host_name": self.slot.node,
        }
        environment = result.environment.model_copy(update=there)
        return result.model_copy(update={"environment": environment})


class FreeLock:
    """A lock that nobody else takes."""

    def try_acquire(self) -> bool:
        """Always."""
        return True

    def release(self) -> None:
        """Nothing."""


class FakeFleet:
    """These slots of that machine, with a fake executor each."""

    def __init__(
        self,
        slots: tuple[Slot, ...] = (),
        environment: Environment = TWO_GPUS,
        make: Callable[[Slot, Device], SlotExecutor] = SlotExecutor,
    ) -> None:
        self._slots = slots or local_slots(environment)
        self._environment = environment
        self.executors = {slot.key: make(slot, self._machine(slot)) for slot in self._slots}

    def slots(self) -> tuple[Slot, ...]:
        """Those that are not lost."""
        return tuple(slot for slot in self._slots if not self.executors[slot.key].lost)

    def environment(self, slot: Slot | None = None) -> Environment:  # noqa: ARG002
        """One for all."""
        return self._environment

    def executor(self, slot: Slot) -> Executor:
        """The slot's own."""
        return self.executors[slot.key]

    def lock(self, slot: Slot) -> SlotLock:  # noqa: ARG002
        """Free."""
        return FreeLock()

    def close(self) -> None:
        """Let all go on."""
        for executor in self.executors.values():
            executor.release()

    def lose(self, key: str) -> None:
        """The slot's node is gone, in the middle of what it runs."""
        self.executors[key].lost = True
        self.executors[key].release()

    def started(self) -> list[str]:
        """All runs that were begun."""
        return [run_id for executor in self.executors.values() for run_id in executor.started]

    def _machine(self, slot: Slot) -> Device:
        found = self._environment.device(slot.device)
        assert found is not None
        return found


def node_slots(*keys: str, hardware: Hardware | None = None) -> tuple[Slot, ...]:
    """Slots of a cluster's nodes, such as `node-a/cpu`, all of one hardware."""
    alike = hardware or present_hardware(an_environment(a_cpu()), "cpu")
    assert alike is not None
    return tuple(Slot(key, device_of(key), alike, key.partition("/")[0]) for key in keys)
