"""How long a whole run takes, phase by phase: the same estimate for one run and for a sweep's cell.

Warm-up ends when three runs in a row lie within 5 %, so its length is uncertain: as many runs as
usual on this machine are reckoned with, between three and the cap. What surrounds the timed part
(loading, the profiled pass, quality) is taken from earlier runs' own phases where there are any.
"""

from collections.abc import Callable
from dataclasses import dataclass

from core.analysis.forecast.evidence import Evidence, Seen
from core.analysis.forecast.generation_time import Generation, generation_time
from core.analysis.forecast.need import CHARACTERS_PER_TOKEN, Asked
from core.analysis.forecast.span import NOTHING, Span, exactly
from core.results.measured import Phase
from core.results.statistics import median
from core.variants.spec import RunSpec, VariantSpec
from core.variants.task import AnswerTask, parse_task
from core.variants.weights import Weights

WORKER_START_S = Span(2.0, 5.0, 10.0)
LOAD_BYTES_PER_S = (1e9, 4e8, 2e8)
COMPILE_S = Span(20.0, 60.0, 240.0)
EACH_RUN_S = Span(0.05, 0.2, 0.5)
PROFILING_S = Span(0.5, 1.8, 4.0)
STEP_PASSES, SETTLED_RUNS, WARMUP_CAP_S = 5, 3, 60.0
USUAL_WARMUPS, COUNTED_WARMUPS = 4.5, 2
ENERGY_WINDOW_S, LONGEST_ENERGY_PASS_S = 1.0, 30.0
QUALITY_TOKENS = 2100
COMPARING_S_PER_PROBABILITY, READING_S_PER_PROBABILITY = 1.5e-8, 3e-8


@dataclass(frozen=True)
class Before:
    """What has happened before a run: whether a worker is there, whether the variant is loaded in
    it, its quality is kept, and that of its model's reference.
    """

    worker: bool = True
    loaded: bool = False
    quality: bool = False
    reference: bool = False


@dataclass(frozen=True)
class CellTime:
    """Seconds of a run, of which `timed` are warm-up and measuring, compiling apart."""

    total: Span
    timed: Span
    basis: str
    measured: bool


def cell_time(asked: Asked, before: Before, evidence: Evidence) -> CellTime:
    """The estimate of one run."""
    spec = asked.spec
    once = generation_time(asked, evidence)
    timed = _warm_up(spec, once.seconds, evidence) + _measuring(spec, once.seconds, evidence)
    total = EACH_RUN_S + _starting(asked, before, evidence) + _compiling(spec, evidence) + timed
    total += _weighing(once, evidence, spec.variant.device)
    total += _quality(asked, once, before, evidence) + _own_task(spec, once)
    return CellTime(total, timed, once.basis, once.measured)


def warm_up_runs(cap: int, evidence: Evidence) -> Span:
    """How many warm-up runs there will be, of at most `cap`: as many as there mostly were."""
    counts = [len(one.run.samples.warmup_s) for one in evidence.seen
              if one.run.spec.workload.warmup > SETTLED_RUNS]  # fmt: skip
    usual = (USUAL_WARMUPS * COUNTED_WARMUPS + sum(counts)) / (COUNTED_WARMUPS + len(counts))
    return Span(min(SETTLED_RUNS, cap), min(usual, cap), cap)


def _warm_up(spec: RunSpec, once: Span, evidence: Evidence) -> Span:
    runs = warm_up_runs(spec.workload.warmup, evidence)
    return Span(
        _within_cap(runs.low, once.low),
        _within_cap(runs.likely, once.likely),
        _within_cap(runs.high, once.high),
    )


def _within_cap(runs: float, once_s: float) -> float:
    """No run is begun once the time is up."""
    return min(runs * once_s, WARMUP_CAP_S + once_s)


def _measuring(spec: RunSpec, once: Span, evidence: Evidence) -> Span:
    repeats = spec.workload.repeats
    passes = once.times(repeats + min(repeats, STEP_PASSES))
    return passes + _energy(once) if _counts_energy(spec, evidence) else passes


def _counts_energy(spec: RunSpec, evidence: Evidence) -> bool:
    """Whether the device has a counter: as the newest run on it found, else every GPU has one."""
    seen = evidence.of_device(spec.variant.device)
    return seen[0].run.energy is not None if seen else spec.variant.device != "cpu"


def _energy(once: Span) -> Span:
    """Whole generations until the window is over; none where one alone takes too long."""
    if once.likely > LONGEST_ENERGY_PASS_S:
        return NOTHING
    return Span(
        max(ENERGY_WINDOW_S, once.low),
        max(ENERGY_WINDOW_S + once.likely / 2, once.likely),
        ENERGY_WINDOW_S + once.high,
    )


def _starting(asked: Asked, before: Before, evidence: Evidence) -> Span:
    total = NOTHING if before.worker else WORKER_START_S
    return total if before.loaded else total + _loading(asked, evidence)


def _loading(asked: Asked, evidence: Evidence) -> Span:
    """As this variant took before, or its precision with another attention; else by its bytes."""
    variant = asked.spec.variant
    for alike in (variant.__eq__, lambda other: _weights_of(other) == _weights_of(variant)):
        usual = evidence.usual(lambda one: one.run.times.load_s, alike)
        if usual is not None:
            return Span(0.7 * usual, usual + 0.3, 2 * usual + 1.0)
    fast, usual_rate, slow = LOAD_BYTES_PER_S
    weights = asked.need.weights_bytes
    return Span(weights / fast, weights / usual_rate, weights / slow)


def _weights_of(variant: VariantSpec) -> tuple[object, ...]:
    """What decides which weights are loaded."""
    return (variant.model, variant.revision, variant.weights, variant.precision,
            variant.compute_dtype, variant.device)  # fmt: skip


def _compiling(spec: RunSpec, evidence: Evidence) -> Span:
    """The first run of a shape, where it compiles: as such a first run took before."""
    if not spec.variant.may_compile:
        return NOTHING
    usual = evidence.usual(lambda one: one.run.times.first_s, spec.variant.__eq__)
    return COMPILE_S if usual is None else Span(0.5 * usual, usual, 1.5 * usual)


def _weighing(once: Generation, evidence: Evidence, device: str) -> Span:
    """A profiled prefill and step, and one generation whose memory is watched."""
    usual = median([extra for one in evidence.of_device(device)
                    if (extra := _beside_generating(one)) is not None])  # fmt: skip
    profiling = PROFILING_S if usual is None else Span(0.7 * usual, usual, 1.6 * usual)
    return once.seconds + profiling + exactly(2 * once.prefill_s)


def _beside_generating(one: Seen) -> float | None:
    """What the memory phase took beyond its generation and its two passes over the prompt."""
    seconds = one.run.times.phases_s.get(Phase.MEMORY)
    return None if seconds is None else max(seconds - one.e2e_s - 2 * one.ttft_s, 0.0)


def _quality(asked: Asked, once: Generation, before: Before, evidence: Evidence) -> Span:
    """Reading the fixed text and comparing; the reference reads it too, if nobody has yet."""
    spec = asked.spec
    if not spec.workload.quality or before.quality or spec.variant.weights is Weights.RANDOM:
        return NOTHING
    usual = evidence.usual(_quality_s, _same_but_compiling(spec.variant))
    if usual is not None:
        return Span(0.7 * usual, usual, 1.5 * usual)
    probabilities = QUALITY_TOKENS * asked.shape.vocabulary
    comparing_s = probabilities * COMPARING_S_PER_PROBABILITY
    reading_s = QUALITY_TOKENS * once.a_token_s + probabilities * READING_S_PER_PROBABILITY
    readings = (not is_reference(spec.variant)) + (not before.reference)
    likely = comparing_s + readings * reading_s
    return Span(0.5 * likely, likely, 2.0 * likely)


def _quality_s(one: Seen) -> float | None:
    return one.run.quality.seconds if one.run.quality else None


def _same_but_compiling(variant: VariantSpec) -> Callable[[VariantSpec], bool]:
    wanted = quality_key(variant)
    return lambda other: quality_key(other) == wanted


def quality_key(variant: VariantSpec) -> VariantSpec:
    """Equal for variants whose quality is measured once: how one is compiled leaves it as it is."""
    return variant.model_copy(
        update={
            name: VariantSpec.model_fields[name].default
            for name in ("compile", "compile_mode", "compile_backend")
        }
    )


def is_reference(variant: VariantSpec) -> bool:
    """Whether quality is judged against this very variant."""
    return quality_key(variant) == reference_of(variant)


def reference_of(variant: VariantSpec) -> VariantSpec:
    """What a variant's quality is judged against: the same weights in fp32, with sdpa."""
    return VariantSpec(
        model=variant.model,
        weights=variant.weights,
        revision=variant.revision,
        device=variant.device,
    )


def _own_task(spec: RunSpec, once: Generation) -> Span:
    """Answering each question, one row at a time and perhaps with an early end; or reading."""
    content = spec.workload.task
    if content is None or spec.variant.weights is Weights.RANDOM:
        return NOTHING
    task = parse_task(content)
    if isinstance(task, AnswerTask):
        each = once.seconds.times(len(task.questions))
        return Span(each.low / 10, each.likely / 2, each.high)
    reading_s = len(task.text) / CHARACTERS_PER_TOKEN * once.a_token_s
    return Span(reading_s / 2, reading_s, 2 * reading_s)
