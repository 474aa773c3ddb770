"""One run through an adapter, step by step: open, warm up, repeat, weigh, judge.

The same phases, records and rules as for transformers (`core.engine.run`); a single run takes the
steps one after the other, a pair in turns.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.engine.adapters.adapter import EngineRunner, ServedRunner
from core.engine.adapters.asking import Inquiry
from core.engine.adapters.quality import engine_quality
from core.engine.adapters.shelf import Held, Shelf
from core.engine.cancellation import Cancellation
from core.engine.divergence import NoQuality
from core.engine.energy import energy_pass
from core.engine.host import CpuShareWatch, clock_mhz, device_state, run_environment
from core.engine.host_device import HostDevice
from core.engine.latency import Passes, WarmUp, both_passes, samples_of, warm_up
from core.engine.peak import peak_resident_set
from core.engine.phases import Phases
from core.jobs.protocol import RunCommand
from core.results.measured import Energy, Memory, Phase, Quality, Samples, Times
from core.results.observed import Ceilings, DeviceState, RunEnvironment
from core.results.trust import trust_of
from core.results.types import RunResult, now
from core.variants.engine_environment import read_engines
from core.variants.spec import VariantSpec

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


@dataclass(frozen=True)
class Repeated:
    """The timed part, and the device's state around it."""

    warm: WarmUp
    passes: Passes
    before: DeviceState
    after: DeviceState


def open_run(
    command: RunCommand, desk: Desk, phases: Phases, beside: tuple[VariantSpec, ...] = ()
) -> Opened:
    """Load the run's variant, `beside` others that stay. Raises what the engine raises."""

    def tell(detail: str) -> None:
        phases.enter(Phase.LOADING, detail)

    spec = command.spec
    tell("starting the engine")
    held, was_resident = desk.shelf.take(spec.variant, tell, beside)
    ceilings = None
    if held.adapter.computes_here:
        tell(CEILINGS)
        ceilings = desk.inquiry.ceilings()
    tell("making the prompt ready")
    runner = held.adapter.runner(spec.workload, desk.cancellation)
    is_new = spec.workload.id not in held.ran
    held.ran.add(spec.workload.id)
    return Opened(command, phases, held, was_resident, runner, is_new, ceilings)


def warmed_up(opened: Opened) -> WarmUp:
    """Run until the times settle."""
    opened.phases.enter(Phase.WARMING_UP)
    return warm_up(opened.runner, opened.command.spec.workload.warmup, opened.phases.tell)


def repeated(opened: Opened, warm: WarmUp, desk: Desk) -> Repeated:
    """Headline and step repeats in turns."""
    before, watch = device_state(desk.device), CpuShareWatch()
    opened.phases.enter(Phase.MEASURING)
    repeats = opened.command.spec.workload.repeats
    passes = both_passes(opened.runner, repeats, opened.phases.tell, clock_of(opened, desk))
    return Repeated(warm, passes, before, device_state(desk.device, watch))


def clock_of(opened: Opened, desk: Desk) -> Callable[[], float | None]:
    """What reads the clock of the device that computes; nothing where that is elsewhere."""
    here = opened.held.adapter.computes_here
    return (lambda: clock_mhz(desk.device)) if here else (lambda: None)


def result_of(
    opened: Opened, timed: Repeated, desk: Desk, beside_bytes: int = 0, **more: Any
) -> RunResult:
    """Memory, quality and all that was read of the engine, and with them the run's result."""
    command, samples = opened.command, _samples(opened, timed)
    energy, no_energy = _energy(opened, desk, samples)
    opened.phases.enter(Phase.MEMORY)
    memory = _memory(opened, desk, beside_bytes)
    told = _told(opened, samples, timed)
    quality, no_quality = _quality(opened, desk)
    return RunResult(
        run_id=command.run_id,
        spec=command.spec,
        submitted_at=command.submitted_at,
        finished_at=now(),
        times=_times(opened, timed),
        samples=samples,
        memory=memory,
        quality=quality,
        quality_missing=no_quality,
        energy=energy,
        energy_missing=no_energy,
        environment=_environment(opened, timed),
        **told,
        **more,
    )


def _told(opened: Opened, samples: Samples, timed: Repeated) -> dict[str, Any]:
    """What the engine tells of its last generation, by its names in a result."""
    runner = opened.runner
    effective = runner.effective()
    served = runner.endpoint() if isinstance(runner, ServedRunner) else None
    return {
        "effective": effective,
        "output": runner.describe(),
        "passes": runner.passes(),
        "endpoint": served,
        "trust": trust_of(samples, effective, timed.after, served),
        "model": opened.held.adapter.facts(),
    }


def _samples(opened: Opened, timed: Repeated) -> Samples:
    samples = samples_of(timed.warm, timed.passes)
    if isinstance(opened.runner, ServedRunner):
        return samples.model_copy(update={"request_s": opened.runner.request_s()})
    return samples


def _energy(opened: Opened, desk: Desk, samples: Samples) -> tuple[Energy | None, str | None]:
    if not opened.held.adapter.computes_here:
        return None, "the energy is drawn where the server computes, which does not tell"
    return energy_pass(opened.runner, desk.device, max(samples.e2e_s))


def _memory(opened: Opened, desk: Desk, beside_bytes: int) -> Memory:
    """The peak of one more generation, and its parts as far as the engine tells them."""
    if not opened.held.adapter.computes_here:
        return Memory(method="the server's memory, which it does not tell")
    desk.device.release()
    with peak_resident_set() as peak:
        opened.runner.headline()
    told = opened.runner.memory()
    desk.shelf.weigh(opened.held, told.weights_bytes)
    parts = {
        "weights_bytes": told.weights_bytes,
        "kv_cache_bytes": told.kv_cache_bytes,
        "activation_bytes": told.activation_bytes,
        "runtime_bytes": desk.device.runtime_bytes,
    }
    total = peak.bytes - beside_bytes
    return Memory(
        **parts,
        rest_bytes=total - sum(part or 0 for part in parts.values()),
        peak_bytes=total,
        other_variants_bytes=beside_bytes,
        method=peak.method,
    )


def _quality(opened: Opened, desk: Desk) -> tuple[Quality | None, str | None]:
    """Quality against the fp32 reference, or the reason why there is none."""
    spec, adapter = opened.command.spec, opened.held.adapter
    if not spec.workload.quality:
        return None, "not asked for"
    if adapter.no_quality is not None:
        return None, adapter.no_quality

    def reference() -> Any:
        detail = "transformers reads the fixed text in fp32, as the reference"
        opened.phases.enter(Phase.QUALITY, detail)
        folder = desk.inquiry.reference(spec.variant)
        opened.phases.enter(Phase.QUALITY, "reading the fixed text")
        return folder

    try:
        return engine_quality(spec.variant, adapter, reference, desk.cancellation), None
    except NoQuality as error:
        return None, str(error)


def _times(opened: Opened, timed: Repeated) -> Times:
    """Without the load and the first run where a server has loaded its model by itself."""
    seconds, here = opened.phases.seconds, opened.held.adapter.computes_here
    runs = (*timed.warm.seconds, *timed.passes.e2e_s)
    return Times(
        load_s=opened.held.load_s if here else None,
        was_resident=opened.was_resident,
        first_s=runs[0] if opened.is_new and here else None,
        quality_s=seconds.get(Phase.QUALITY),
        phases_s=seconds,
    )


def _environment(opened: Opened, timed: Repeated) -> RunEnvironment:
    """This machine, with the engine's packages; the name of another one where that computes."""
    command, adapter = opened.command, opened.held.adapter
    variant = command.spec.variant
    found = run_environment(
        variant.device, timed.before, timed.after, command.worker_replaced, opened.ceilings
    )
    state = read_engines().get(variant.engine)
    packages = {**(state.packages if state else {}), **adapter.packages()}
    if adapter.device_name is None:
        return found.model_copy(update={"packages": packages})
    elsewhere = {"device_name": adapter.device_name, "driver": None, "device_memory_bytes": None}
    return found.model_copy(update={"packages": packages, **elsewhere})
