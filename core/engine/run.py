"""One run from spec to result: load, compile, warm up, measure, memory, quality, in this order."""

from dataclasses import dataclass

from core.engine.cancellation import Cancellation
from core.engine.compiling import CompileCounts, compile_counts
from core.engine.device import Device
from core.engine.effective import effective_settings
from core.engine.generate import Generation
from core.engine.host import CpuShareWatch, device_state, run_environment
from core.engine.latency import WarmUp, first_run, headline_pass, step_pass, warm_up
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
    RunResult,
    Samples,
    Times,
    now,
)
from core.variants.attention import Attention
from core.variants.compilation import Compilation
from core.variants.weights import NO_QUALITY, Weights


@dataclass(frozen=True)
class Bench:
    """What a worker measures with, the same for all its runs."""

    device: Device
    cache: ModelCache
    cancellation: Cancellation


@dataclass(frozen=True)
class Timed:
    """The timed part: its samples, what it compiled, and the device's state around it."""

    samples: Samples
    compile_s: float | None
    compiled: CompileCounts
    before: DeviceState
    after: DeviceState


def carry_out(command: RunCommand, bench: Bench, phases: Phases) -> RunResult:
    """All phases of one run. Raises RunError, RequestError, or what the libraries raise."""
    prepared = _load(command, bench, phases)
    generation = Generation(
        prepared.loaded, command.spec.workload, bench.device, bench.cancellation
    )
    timed = _time(generation, phases)
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
        effective=effective,
        environment=run_environment(
            command.spec.variant.device, timed.before, timed.after, command.worker_replaced
        ),
        output=output,
        trust=trust_of(timed.samples, effective, timed.after),
    )


def _load(command: RunCommand, bench: Bench, phases: Phases) -> Prepared:
    """The variant in memory; a cancelled run ends here too, while files are fetched or written."""

    def tell(detail: str) -> None:
        phases.enter(Phase.LOADING, detail)

    tell("reading the model's files")
    return prepare_variant(command.spec, bench.cache, bench.device, tell)


def _time(generation: Generation, phases: Phases) -> Timed:
    """Compile where there is something to compile, run until the times settle, then measure."""
    workload = generation.workload
    first = _compile(generation, phases)
    phases.enter(Phase.WARMING_UP)
    warm = warm_up(generation, workload.warmup, phases.tell)
    before = device_state(generation.device)
    watch, counts = CpuShareWatch(), compile_counts()
    phases.enter(Phase.MEASURING)
    e2e_s = headline_pass(generation, workload.repeats, phases.tell)
    phases.tell(workload.repeats, workload.repeats, "stamping each token")
    samples = Samples(
        warmup_s=warm.seconds,
        warmup_settled=warm.settled,
        e2e_s=e2e_s,
        token_s=step_pass(generation, workload.repeats),
    )
    return Timed(
        samples=samples,
        compile_s=_compile_seconds(generation, first, warm, e2e_s),
        compiled=compile_counts().since(counts),
        before=before,
        after=device_state(generation.device, watch),
    )


def _compile(generation: Generation, phases: Phases) -> float | None:
    """Seconds of the first run of this shape, where that run compiled something."""
    variant = generation.loaded.variant
    may_compile = variant.compile is Compilation.ON or variant.attention is Attention.FLEX_ATTENTION
    if not may_compile or generation.shape in generation.loaded.compile_s:
        return None
    phases.enter(Phase.COMPILING, "first run of this shape")
    seconds, compiled = first_run(generation)
    return seconds if compiled else None


def _compile_seconds(
    generation: Generation, first: float | None, warm: WarmUp, e2e_s: tuple[float, ...]
) -> float | None:
    """The first run minus a warm one, kept for later runs of the same shape."""
    known = generation.loaded.compile_s
    usual = median(warm.seconds[-3:]) or median(e2e_s)
    if first is not None and usual is not None:
        known[generation.shape] = max(0.0, first - usual)
    return known.get(generation.shape)


def _weigh(generation: Generation, timed: Timed, bench: Bench) -> tuple[Memory, Effective, Output]:
    """The memory pass, and what its output tells of the settings that really ran."""
    others = bench.cache.others_bytes(generation.loaded.variant)
    memory, output = memory_pass(generation, others)
    effective = effective_settings(generation.loaded, output, bench.device, timed.compiled)
    described = generation.describe(output.sequences)
    if generation.loaded.variant.weights is Weights.RANDOM:
        described = described.model_copy(update={"text": ""})
    return memory, effective, described


def _judge(
    command: RunCommand, prepared: Prepared, bench: Bench, phases: Phases
) -> tuple[Quality | None, str | None]:
    """Quality against the reference, or the reason why there is none."""
    if not command.spec.workload.quality:
        return None, "not asked for"
    if command.spec.variant.weights is Weights.RANDOM:
        return None, NO_QUALITY
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
        compile_s=timed.compile_s,
        quality_s=phases.seconds.get(Phase.QUALITY),
        phases_s=phases.seconds,
    )
