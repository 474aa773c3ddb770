"""One run from spec to result: load, compile, warm up, measure, memory, quality, in this order."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.engine.cancellation import Cancellation
from core.engine.ceilings import open_ceilings
from core.engine.device import Device
from core.engine.divergence import NoQuality
from core.engine.energy import energy_pass
from core.engine.failures import Fault, failure_of
from core.engine.generate import Generation
from core.engine.host import run_environment
from core.engine.model_cache import ModelCache
from core.engine.model_facts import model_facts
from core.engine.phases import Phases
from core.engine.preparation import Prepared, prepare_beside, prepare_variant, variants_of
from core.engine.quality import cached_quality, measure_quality
from core.engine.task import measure_task
from core.engine.timing import Timed, time_generation
from core.engine.weighing import weigh
from core.errors import OutOfMemory
from core.jobs.protocol import Event, Failed, Finished, RunCommand
from core.results.measured import Phase, Quality, TaskScore, Times
from core.results.observed import Ceilings
from core.results.trust import trust_of
from core.results.types import RunResult, now
from core.variants.spec import VariantSpec
from core.variants.weights import NO_QUALITY, Weights


@dataclass(frozen=True)
class Bench:
    """What a worker measures with, the same for all its runs."""

    device: Device
    cache: ModelCache
    cancellation: Cancellation


@dataclass(frozen=True)
class Subject:
    """A run in memory, ready to be timed; `in_use` must stay there while it is measured."""

    command: RunCommand
    phases: Phases
    prepared: Prepared
    generation: Generation
    in_use: tuple[VariantSpec, ...]


class SingleRun:
    """One run by itself, as the worker's service carries it out."""

    def __init__(self, command: RunCommand, bench: Bench, send: Callable[[Event], None]) -> None:
        self.run_id = command.run_id
        self._command = command
        self._bench = bench
        self._phases = Phases(command.run_id, bench.cancellation, send)

    def carry_out(self) -> Event:
        """All phases. Raises RunError, RequestError, MemoryStuck, or what the libraries raise."""
        return Finished(result=carry_out(self._command, self._bench, self._phases))

    def failed(self, fault: Fault) -> Event:
        """What is told where it raised."""
        return Failed(failure=failure_of(self._command, self._phases.current, fault))


def carry_out(command: RunCommand, bench: Bench, phases: Phases) -> RunResult:
    """All phases of one run, in this order. Raises RunError, RequestError, or what the libraries
    raise.
    """
    phases.enter(Phase.LOADING, "what this device can do at most")
    ceilings = open_ceilings(bench.device)
    subject = open_subject(command, bench, phases)
    timed = time_generation(subject.generation, phases)
    measured = weighed_parts(subject, timed, bench, ceilings)
    measured |= judged_parts(subject, bench)
    phases.enter(Phase.DONE)
    return result_of(subject, timed, measured)


def open_subject(
    command: RunCommand, bench: Bench, phases: Phases, beside: tuple[VariantSpec, ...] = ()
) -> Subject:
    """Load the run's variant, `beside` others that stay; a cancelled run ends here too, while
    files are fetched or written.
    """

    def tell(detail: str) -> None:
        phases.enter(Phase.LOADING, detail)

    tell("reading the model's files")
    spec = command.spec
    prepared = prepare_variant(spec, bench.cache, bench.device, tell, beside)
    generation = Generation(
        prepared.loaded, spec.workload, bench.device, bench.cancellation, prepared.draft
    )
    return Subject(command, phases, prepared, generation, (*variants_of(spec), *beside))


def weighed_parts(
    subject: Subject, timed: Timed, bench: Bench, ceilings: Ceilings | None, beside_bytes: int = 0
) -> dict[str, Any]:
    """Energy, memory, and what was read off model and machine, by their names in a result."""
    phases, generation, command = subject.phases, subject.generation, subject.command
    energy, no_energy = energy_pass(generation, bench.device, max(timed.samples.e2e_s))
    phases.enter(Phase.MEMORY)
    weighed = weigh(generation, timed, bench.cache, beside_bytes)
    device, replaced = command.spec.variant.device, command.worker_replaced
    return {
        "samples": timed.samples,
        "energy": energy,
        "energy_missing": no_energy,
        "memory": weighed.memory,
        "effective": weighed.effective,
        "passes": weighed.passes,
        "output": weighed.output,
        "environment": run_environment(device, timed.before, timed.after, replaced, ceilings),
        "trust": trust_of(timed.samples, weighed.effective, timed.after),
        "model": model_facts(generation.loaded.model),
    }


def judged_parts(subject: Subject, bench: Bench) -> dict[str, Any]:
    """Quality, and the score of the person's own task, by their names in a result."""
    quality, missing = _judge(subject, bench)
    task = _own_task(subject, bench)
    return {"quality": quality, "quality_missing": missing, "task": task}


def result_of(subject: Subject, timed: Timed, measured: dict[str, Any]) -> RunResult:
    """The run's result from its measured parts."""
    command = subject.command
    return RunResult(
        run_id=command.run_id,
        spec=command.spec,
        submitted_at=command.submitted_at,
        started_at=subject.phases.started_at,
        finished_at=now(),
        times=_times(subject.prepared, timed, subject.phases),
        **measured,
    )


def _judge(subject: Subject, bench: Bench) -> tuple[Quality | None, str | None]:
    """Quality against the reference, or the reason why there is none."""
    spec = subject.command.spec
    if not spec.workload.quality:
        return None, "not asked for"
    if spec.variant.weights is Weights.RANDOM:
        return None, NO_QUALITY
    loaded, folder = subject.prepared.loaded, subject.prepared.folder
    kept = cached_quality(loaded.variant, folder)
    if kept:
        return kept, None
    subject.phases.enter(Phase.QUALITY, "reading the fixed text")
    try:
        measured = measure_quality(
            loaded,
            folder,
            lambda variant: prepare_beside(variant, subject.in_use, bench.cache, bench.device),
            bench.cancellation,
        )
    except OutOfMemory as error:
        return None, f"the fp32 reference does not fit: {error}"
    except NoQuality as error:
        return None, str(error)
    return measured, None


def _own_task(subject: Subject, bench: Bench) -> TaskScore | None:
    """The score of the person's own task, where the workload has one and the weights know words."""
    generation, phases = subject.generation, subject.phases
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
