"""One run from spec to result: load, compile, warm up, measure, memory, quality, in this order."""

from dataclasses import dataclass

from core.engine.cancellation import Cancellation
from core.engine.compiling import CompileCounts, compile_counts
from core.engine.device import Device
from core.engine.effective import effective_settings
from core.engine.energy import energy_pass
from core.engine.generate import Generation
from core.engine.host import CpuShareWatch, device_state, run_environment
from core.engine.latency import FirstRun, Passes, WarmUp, both_passes, first_run, warm_up
from core.engine.memory import memory_pass
from core.engine.model_cache import ModelCache
from core.engine.phases import Phases
from core.engine.preparation import Prepared, prepare_reference, prepare_variant
from core.engine.quality import cached_quality, measure_quality
from core.errors import OutOfMemory
from core.jobs.protocol import RunCommand
from core.results.statistics import median
from core.results.trust import trust_of
from core.results.types import (
    DeviceState,
    Effective,
    Memory,
    Output,
    Phase,
    Quality,
    RunEnvironment,
    RunResult,
    Samples,
    Times,
    now,
)
from core.variants.attention import Attention
from core.variants.compilation import Compilation


@dataclass(frozen=True)
class Bench:
    """What a worker measures with, the same for all its runs."""

    device: Device
    cache: ModelCache
    cancellation: Cancellation


@dataclass(frozen=True)
class Timed:
    """The timed part: its samples, what it compiled, and the device's state around it.
    `first_s` is the first run of this shape, None where the shape had run before.
    """

    samples: Samples
    first_s: float | None
    compile_s: float | None
    compiled: CompileCounts
    before: DeviceState
    after: DeviceState


def carry_out(command: RunCommand, bench: Bench, phases: Phases) -> RunResult:
    """All phases of one run. Raises RunError, RequestError, or what the libraries raise."""
    phases.enter(Phase.LOADING, "reading the model's files")
    prepared = prepare_variant(command.spec, bench.cache, bench.device)
    generation = Generation(
        prepared.loaded, command.spec.workload, bench.device, bench.cancellation
    )
    timed = _time(generation, phases)
    energy, no_energy = energy_pass(generation, max(timed.samples.e2e_s))
    phases.enter(Phase.MEMORY)
    memory, effective, output = _weigh(generation, timed, bench)
    quality, missing = _judge(command, prepared, bench, phases)
    phases.enter(Phase.DONE)
    return RunResult(
        run_id=command.run_id,
        spec=command.spec,
        submitted_at=command.submitted_at,
        finished_at=now(),
        times=_times(prepared, timed, phases),
        samples=timed.samples,
        memory=memory,
        quality=quality,
        quality_missing=missing,
        energy=energy,
        energy_missing=no_energy,
        effective=effective,
        environment=_environment(command, timed),
        output=output,
        trust=trust_of(timed.samples, effective, timed.after),
    )


def _environment(command: RunCommand, timed: Timed) -> RunEnvironment:
    device = command.spec.variant.device
    return run_environment(device, timed.before, timed.after, command.worker_replaced)


def _time(generation: Generation, phases: Phases) -> Timed:
    """Compile where there is something to compile, run until the times settle, then measure."""
    workload, ran = generation.workload, generation.loaded.shapes
    is_new = generation.shape not in ran
    ran.add(generation.shape)
    first = _compile(generation, phases)
    phases.enter(Phase.WARMING_UP)
    warm = warm_up(generation, workload.warmup, phases.tell)
    before = device_state(generation.device)
    watch, counts = CpuShareWatch(), compile_counts()
    phases.enter(Phase.MEASURING)
    passes = both_passes(generation, workload.repeats, phases.tell)
    all_runs = (*([first.seconds] if first else []), *warm.seconds, *passes.e2e_s)
    return Timed(
        samples=_samples(warm, passes),
        first_s=all_runs[0] if is_new else None,
        compile_s=_compile_seconds(generation, first, warm, passes),
        compiled=compile_counts().since(counts),
        before=before,
        after=device_state(generation.device, watch),
    )


def _samples(warm: WarmUp, passes: Passes) -> Samples:
    return Samples(
        warmup_s=warm.seconds,
        warmup_settled=warm.settled,
        e2e_s=tuple(passes.e2e_s),
        token_s=tuple(passes.token_s),
        clock_mhz=tuple(clock for clock in passes.clock_mhz if clock),
    )


def _compile(generation: Generation, phases: Phases) -> FirstRun | None:
    """The first run of this shape, where it may compile something; else warm-up begins with it."""
    variant = generation.loaded.variant
    may_compile = variant.compile is Compilation.ON or variant.attention is Attention.FLEX_ATTENTION
    if not may_compile or generation.shape in generation.loaded.compile_s:
        return None
    phases.enter(Phase.COMPILING, "first run of this shape")
    return first_run(generation)


def _compile_seconds(
    generation: Generation, first: FirstRun | None, warm: WarmUp, passes: Passes
) -> float | None:
    """The first run minus a warm one, kept for later runs of the same shape."""
    known = generation.loaded.compile_s
    usual = median(warm.seconds[-3:]) or median(passes.e2e_s)
    if first and first.compiled and usual is not None:
        known[generation.shape] = max(0.0, first.seconds - usual)
    return known.get(generation.shape)


def _weigh(generation: Generation, timed: Timed, bench: Bench) -> tuple[Memory, Effective, Output]:
    """The memory pass, and what its output tells of the settings that really ran."""
    others = bench.cache.others_bytes(generation.loaded.variant)
    memory, output = memory_pass(generation, others)
    effective = effective_settings(generation.loaded, output, bench.device, timed.compiled)
    return memory, effective, generation.describe(output.sequences)


def _judge(
    command: RunCommand, prepared: Prepared, bench: Bench, phases: Phases
) -> tuple[Quality | None, str | None]:
    """Quality against the reference, or the reason why there is none."""
    if not command.spec.workload.quality:
        return None, "not asked for"
    loaded, folder = prepared.loaded, prepared.folder
    kept = cached_quality(loaded.variant, folder)
    if kept:
        return kept, None
    phases.enter(Phase.QUALITY, "reading the fixed text")
    try:
        measured = measure_quality(
            loaded,
            folder,
            lambda variant: prepare_reference(variant, bench.cache, bench.device),
            bench.cancellation,
        )
    except OutOfMemory as error:
        return None, f"the fp32 reference does not fit: {error}"
    return measured, None


def _times(prepared: Prepared, timed: Timed, phases: Phases) -> Times:
    return Times(
        load_s=prepared.loaded.load_s,
        was_resident=prepared.was_resident,
        first_s=timed.first_s,
        compile_s=timed.compile_s,
        quality_s=phases.seconds.get(Phase.QUALITY),
        phases_s=phases.seconds,
    )
