"""Which hardware a run was measured on, apart from the software on it: what tells machines apart.

`core.results.identity.environment_id` is equal for the same machine *and* packages; engines bring
packages of their own, and are still compared on one machine. So hardware is what is left when all
software is taken away: the device and the processors beside it. Machines that are alike count as
one hardware; which of them a run was on is the name of its host.
"""

import hashlib
import json
from typing import Literal

from core.results.observed import RunEnvironment
from core.results.record import Record
from core.variants.endpoints import is_endpoint
from core.variants.environment import CPU, Environment

GIB = 2**30
ID_DIGITS = 16


class Hardware(Record):
    """A device and the processors that feed it. `memory_gib` is a GPU's own, in whole GiB, None
    where it was not recorded; a machine's memory decides what fits and not how fast it runs.
    """

    kind: Literal["cpu", "gpu"]
    device_name: str
    cpu_count: int
    memory_gib: int | None = None

    @property
    def id(self) -> str:
        """Equal for equal hardware."""
        text = json.dumps(self.model_dump(mode="json", exclude_none=True), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:ID_DIGITS]

    def __str__(self) -> str:
        if is_endpoint(self.device_name):  # the processors are those of the machine that asked it
            return self.device_name
        memory = [f"{self.memory_gib} GiB"] if self.memory_gib else []
        processors = f"{self.cpu_count} processor{'' if self.cpu_count == 1 else 's'}"
        return ", ".join([self.device_name, *memory, processors])


def hardware_of(ran_on: RunEnvironment, device: str) -> Hardware:
    """What a run on that device (`cpu`, `cuda:0`) was measured on."""
    return _hardware(device, ran_on.device_name, ran_on.cpu_count, ran_on.device_memory_bytes)


def present_hardware(environment: Environment, device: str) -> Hardware | None:
    """What `hardware_of` would be of a run that began now; None where there is no such device."""
    found = environment.device(device)
    if found is None:
        return None
    return _hardware(device, found.name, environment.cpu_count, found.memory_bytes)


def _hardware(device: str, name: str, cpu_count: int, memory_bytes: int | None) -> Hardware:
    on_cpu = device == CPU
    known = None if on_cpu or memory_bytes is None else round(memory_bytes / GIB)
    kind: Literal["cpu", "gpu"] = "cpu" if on_cpu else "gpu"
    return Hardware(kind=kind, device_name=name, cpu_count=cpu_count, memory_gib=known)
