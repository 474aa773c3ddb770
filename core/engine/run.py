"""One run from spec to result: load, compile, warm up, measure, memory, quality, in this order."""

from dataclasses import dataclass
from typing import Any

from core.engine.cancellation import Cancellation
from core.engine.ceilings import open_ceilings
from core.engine.device import Device
from core.engine.energy import energy_pass
from core.engine.generate import Generation
from core.engine.host import run_environment
from core.engine.model_cache import ModelCache
from core.engine.model_facts import model_facts
from core.engine.phases import Phases
from core.engine.preparation import Prepared, prepare_beside, prepare_variant
from core.engine.quality import NoQuality, cached_quality, measure_quality
from core.engine.task import measure_task
from core.engine.timing import Timed, time_generation
from core.engine.weighing import weigh
from core.errors import OutOfMemory
from core.jobs.protocol import RunCommand
from core.results.measured import Phase, Quality, TaskScore, Times
from core.results.observed import Ceilings, RunEnvironment
from core.results.trust import trust_of
from core.results.types import RunResult, now
from core.variants.weights import NO_QUALITY, Weights


@dataclass(frozen=True)
class Bench:
    """What a worker measures with, the same for all its runs."""

    device: Device
    cache: ModelCache
    cancellation: Cancellation


def carry_out(command: RunCommand, bench: Bench, phases: Phases) -> RunResult:
    """All phases of one run. Raises RunError, RequestError, or what the libraries raise."""
    parts = _measured(command, bench, phases)
    return RunResult(
        run_id=command.run_id,
        spec=command.spec,
        submitted_at=command.submitted_at,
        finished_at=now(),
        **parts,
    )


def _measured(command: RunCommand, bench: Bench, phases: Phases) -> dict[str, Any]:
    """The parts of the result by their names in it, measured in this order."""
    phases.enter(Phase.LOADING, "what this device can do at most")
    ceilings = open_ceilings(bench.device)
    prepared = _load(command, bench, phases)
    generation = _generation(command, prepared, bench)
    timed = time_generation(generation, phases)
    energy, no_energy = energy_pass(generation, max(timed.samples.e2e_s))
    phases.enter(Phase.MEMORY)
    weighed = weigh(generation, timed, bench.cache)
    quality, missing = _judge(command, prepared, bench, phases)
    task = _own_task(generation, bench, phases)
    phases.enter(Phase.DONE)
    return {
        "task": task,
        "times": _times(prepared, timed, phases),
        "samples": timed.samples,
        "quality": quality,
        "quality_missing": missing,
        "energy": energy,
        "energy_missing": no_energy,
        "memory": weighed.memory,
        "effective": weighed.effective,
        "passes": weighed.passes,
        "output": weighed.output,
        "environment": _environment(command, timed, ceilings),
        "trust": trust_of(timed.samples, weighed.effective, timed.after),
        "model": model_facts(prepared.loaded.model),
    }


def _generation(command: RunCommand, prepared: Prepared, bench: Bench) -> Generation:
    return Generation(
        prepared.loaded,
        command.spec.workload,
        bench.device,
        bench.cancellation,
        prepared.draft,
    )


def _load(command: RunCommand, bench: Bench, phases: Phases) -> Prepared:
    """The variant in memory; a cancelled run ends here too, while files are fetched or written."""

    def tell(detail: str) -> None:
        phases.enter(Phase.LOADING, detail)

    tell("reading the model's files")
    return prepare_variant(command.spec, bench.cache, bench.device, tell)


def _environment(command: RunCommand, timed: Timed, ceilings: Ceilings | None) -> RunEnvironment:
    device, replaced = command.spec.variant.device, command.worker_replaced
    return run_environment(device, timed.before, timed.after, replaced, ceilings)


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
    in_use = tuple(one.variant for one in (loaded, prepared.draft) if one)
    try:
        measured = measure_quality(
            loaded,
            folder,
            lambda variant: prepare_beside(variant, in_use, bench.cache, bench.device),
            bench.cancellation,
        )
    except OutOfMemory as error:
        return None, f"the fp32 reference does not fit: {error}"
    except NoQuality as error:
        return None, str(error)
    return measured, None


def _own_task(generation: Generation, bench: Bench, phases: Phases) -> TaskScore | None:
    """The score of the person's own task, where the workload has one and the weights know words."""
    workload = generation.workload
    if workload.task is None or generation.loaded.variant.weights is Weights.RANDOM:
        return None
    phases.enter(Phase.TASK)
    workload = workload.model_copy(update={"max_new_tokens": generation.new_tokens_cap})
    return measure_task(generation.loaded, workload, bench.device, bench.cancellation, phases.tell)


def _times(prepared: Prepared, timed: Timed, phases: Phases) -> Times:
    used = [prepared.loaded, *([prepared.draft] if prepared.draft else [])]
    return Times(
        load_s=sum(loaded.load_s for loaded in used),
        was_resident=prepared.was_resident,
        first_s=timed.first_s,
        compile_s=timed.compile_s,
        quality_s=phases.seconds.get(Phase.QUALITY),
        phases_s=phases.seconds,
    )
