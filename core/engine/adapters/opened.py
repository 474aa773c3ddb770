"""A run whose variant is loaded and whose workload is ready, and what a worker measures it with."""

from dataclasses import dataclass

from core.engine.adapters.adapter import EngineRunner
from core.engine.adapters.asking import Inquiry
from core.engine.adapters.shelf import Held, Shelf
from core.engine.cancellation import Cancellation
from core.engine.host_device import HostDevice
from core.engine.phases import Phases
from core.jobs.protocol import RunCommand
from core.results.measured import Phase
from core.results.observed import Ceilings
from core.variants.spec import RunSpec

CEILINGS = "what this device can do at most"


@dataclass(frozen=True)
class Desk:
    """What a worker measures with, the same for all its runs."""

    device: HostDevice
    shelf: Shelf
    inquiry: Inquiry
    cancellation: Cancellation


@dataclass(frozen=True)
class Opened:
    """A run whose variant is loaded and whose workload is ready. `ceilings` are of this machine,
    None where the engine computes elsewhere.
    """

    command: RunCommand
    phases: Phases
    held: Held
    was_resident: bool
    runner: EngineRunner
    is_new: bool
    ceilings: Ceilings | None


def open_run(
    command: RunCommand, desk: Desk, phases: Phases, beside: tuple[RunSpec, ...] = ()
) -> Opened:
    """Load the run's variant, `beside` those of other runs, which stay. Raises what the engine
    raises.
    """

    def tell(detail: str) -> None:
        phases.enter(Phase.LOADING, detail)

    spec = command.spec
    tell("starting the engine")
    held, was_resident = desk.shelf.take(spec, tell, beside)
    ceilings, next_up = None, "reaching the server"
    if held.adapter.computes_here:
        tell(CEILINGS)
        ceilings, next_up = desk.inquiry.ceilings(), "making the prompt ready"
    tell(next_up)
    runner = held.adapter.runner(spec.workload, desk.cancellation)
    is_new = spec.workload.id not in held.ran
    held.ran.add(spec.workload.id)
    return Opened(command, phases, held, was_resident, runner, is_new, ceilings)
