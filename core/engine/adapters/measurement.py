"""One run through an adapter, step by step: open, warm up, repeat, weigh, judge.

The same phases, records and rules as for transformers (`core.engine.run`); a single run takes the
steps one after the other, a pair in turns.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.engine.adapters.adapter import ServedRunner
from core.engine.adapters.opened import Desk, Opened
from core.engine.adapters.own_task import engine_task
from core.engine.adapters.quality import engine_quality
from core.engine.divergence import NoQuality
from core.engine.energy import energy_pass
from core.engine.host import CpuShareWatch, clock_mhz, device_state, run_environment
from core.engine.latency import Passes, WarmUp, both_passes, samples_of, warm_up
from core.engine.peak import peak_resident_set
from core.results.measured import Energy, Memory, Phase, Quality, Samples, TaskScore, Times
from core.results.observed import DeviceState, RunEnvironment
from core.results.trust import trust_of
from core.results.types import RunResult, now
from core.variants.engine_environment import read_engines
from core.variants.lengths import new_tokens_cap


@dataclass(frozen=True)
class Repeated:
    """The timed part, and the device's state around it."""

    warm: WarmUp
    passes: Passes
    before: DeviceState
    after: DeviceState


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
    task = _own_task(opened, desk)
    return RunResult(
        run_id=command.run_id,
        spec=command.spec,
        submitted_at=command.submitted_at,
        started_at=opened.phases.started_at,
        finished_at=now(),
        times=_times(opened, timed),
        samples=samples,
        memory=memory,
        quality=quality,
        quality_missing=no_quality,
        task=task,
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


def _own_task(opened: Opened, desk: Desk) -> TaskScore | None:
    """The score of the person's own task, where the workload has one."""
    workload = opened.command.spec.workload
    if workload.task is None:
        return None
    opened.phases.enter(Phase.TASK)
    cap = new_tokens_cap(workload, opened.runner.describe().prompt_tokens)
    asked = workload.model_copy(update={"max_new_tokens": cap})
    return engine_task(opened.held.adapter, asked, desk.cancellation, opened.phases.tell)


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
