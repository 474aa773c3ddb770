"""What a run will need and how long it will take, before it is started; always an estimate.

Bytes follow from the model's sizes. Seconds follow from runs that were measured on this device,
scaled to the workload, or, where there is none, from the bytes and operations of each step at a
range of speeds.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from core.results.latency import latency_of
from core.results.types import RunResult
from core.variants.attention import Attention
from core.variants.compilation import Compilation
from core.variants.drafts import draft_bytes
from core.variants.environment import Device, Environment
from core.variants.footprint import Footprint, footprint
from core.variants.kv_cache import KVCache
from core.variants.lengths import new_tokens_cap
from core.variants.models import shape_of
from core.variants.precision import PRECISIONS, Precision
from core.variants.source import model_of
from core.variants.spec import RunSpec
from core.variants.task import AnswerTask, parse_task
from core.variants.tokens import count_tokens
from core.variants.weights import Weights

WORKER_START_S = (2.0, 6.0)
LOAD_BYTES_PER_S = (1e9, 2e8)
COMPILE_S = (20.0, 240.0)
QUALITY_TOKENS = 2100
QUALITY_OVERHEAD_S = (0.5, 10.0)
STEP_PASSES, MEMORY_PASSES, SETTLED_RUNS = 5, 1, 3
# Fast and slow ends of what is likely, a CPU's operations for each processor. bitsandbytes has no
# fast kernels on a CPU: its layers read far fewer bytes in far more time.
BANDWIDTH_BYTES_PER_S = {"cpu": (20e9, 5e9), "cuda": (2e12, 2e11)}
QUANTISED_ON_CPU_BYTES_PER_S = (5e9, 5e8)
OPERATIONS_PER_S = {"cpu": (8e10, 1.2e10), "cuda": (2e14, 5e12)}
STEP_OVERHEAD_S = {"cpu": (0.001, 0.03), "cuda": (0.003, 0.04)}
CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True)
class Range:
    """Seconds, from the least to the most that is likely."""

    low: float
    high: float

    def __add__(self, other: "Range") -> "Range":
        return Range(self.low + other.low, self.high + other.high)

    def times(self, low: float, high: float) -> "Range":
        """The ends multiplied, each by its own factor."""
        return Range(self.low * low, self.high * high)

    def stretched(self, factor: float) -> "Range":
        """Up to that factor longer, or down to it shorter."""
        return self.times(min(1.0, factor), max(1.0, factor))


@dataclass(frozen=True)
class Estimate:
    """Bytes and seconds; None where they cannot be told. `fits` compares need and free memory,
    `basis` says in words what the seconds rest on.
    """

    weights_bytes: int | None
    kv_cache_bytes: int | None
    activation_bytes: int | None
    needed_bytes: int | None
    free_bytes: int | None
    fits: bool | None
    seconds_low: float | None
    seconds_high: float | None
    basis: str


def estimate(
    spec: RunSpec, environment: Environment, similar: Sequence[RunResult], resident: bool
) -> Estimate:
    """Estimate a run. `similar` are measured runs of its model and device, the nearest first;
    a resident variant needs no load and no memory for weights.
    """
    device = environment.device(spec.variant.device)
    free = device.free_bytes if device else None
    shape = shape_of(model_of(spec.variant))
    if shape is None or device is None:
        unknown = "its sizes are not known" if device else f"there is no {spec.variant.device} here"
        return Estimate(None, None, None, None, free, None, None, None, unknown)
    need = footprint(spec, shape, prompt_tokens(spec))
    nearest = similar[0] if similar else None
    needed = _still_needed(need, nearest, resident) + draft_bytes(spec)
    a_token = _per_token(shape.parameters, device, environment)
    measured = _as_measured(spec, nearest) if nearest else None
    once = measured or _as_computed(spec, need, a_token, device.kind)
    seconds = _passes(spec, once, need, nearest, resident) + _scoring(spec, once, nearest, a_token)
    return Estimate(
        weights_bytes=need.weights_bytes,
        kv_cache_bytes=need.kv_cache_bytes,
        activation_bytes=need.activation_bytes,
        needed_bytes=needed,
        free_bytes=device.free_bytes,
        fits=needed <= device.free_bytes,
        seconds_low=seconds.low,
        seconds_high=seconds.high,
        basis=_basis(spec, nearest),
    )


def _still_needed(need: Footprint, nearest: RunResult | None, resident: bool) -> int:
    """Bytes beyond what is taken already: a resident variant has its weights and its process."""
    if resident:
        return need.total_bytes - need.weights_bytes
    runtime = nearest.memory.runtime_bytes if nearest else None
    return need.total_bytes + (runtime or 0)


def prompt_tokens(spec: RunSpec) -> int:
    """Tokens of the prompt; guessed from its length until the tokenizer is here."""
    workload = spec.workload
    if workload.prompt is None:
        return workload.prompt_tokens or 0
    counted = count_tokens(model_of(spec.variant), workload.prompt)
    return counted or len(workload.prompt) // CHARACTERS_PER_TOKEN + 1


def _as_measured(spec: RunSpec, nearest: RunResult) -> Range:
    """Seconds of one generation, scaled from a run's own. A batch takes between no more time than
    one row and as much as its rows one after the other; so do longer texts without a cache.
    """
    measured, workload = latency_of(nearest), spec.workload
    e2e_s = measured.e2e_s or 0.0
    ttft_s = e2e_s if measured.ttft_s is None else measured.ttft_s
    tpot_s = ttft_s if measured.tpot_s is None else measured.tpot_s
    rows = workload.batch_size / nearest.spec.workload.batch_size
    longer = prompt_tokens(spec) / max(1, nearest.output.prompt_tokens)
    prefill = Range(ttft_s, ttft_s).stretched(rows * longer)
    decode = Range(tpot_s, tpot_s).stretched(rows * _text_growth(spec, nearest))
    steps = new_tokens_cap(workload, prompt_tokens(spec)) - 1
    other = 1.0 if _alike(spec, nearest) else 2.0
    return (prefill + decode.times(steps, steps)).times(0.9 / other, 1.1 * other)


def _text_growth(spec: RunSpec, nearest: RunResult) -> float:
    """Without a cache each step computes the text so far: its mean length against the run's."""
    if spec.workload.kv_cache is not KVCache.OFF:
        return 1.0
    prompt, output = prompt_tokens(spec), nearest.output
    mine = prompt + new_tokens_cap(spec.workload, prompt) / 2
    return mine / (output.prompt_tokens + max(output.new_tokens) / 2)


def _as_computed(spec: RunSpec, need: Footprint, a_token: Range, device_kind: str) -> Range:
    """Seconds of one generation from what each step reads and computes."""
    workload, prompt = spec.workload, prompt_tokens(spec)
    steps = new_tokens_cap(workload, prompt)
    read = (need.weights_bytes + need.kv_cache_bytes) * steps
    computed = prompt + steps
    if workload.kv_cache is KVCache.OFF:
        computed = steps * prompt + steps * steps // 2
    computing = a_token.times(workload.batch_size * computed, workload.batch_size * computed)
    fast, slow = _bytes_per_s(spec.variant.precision, device_kind)
    low, high = (overhead * steps for overhead in STEP_OVERHEAD_S[device_kind])
    return Range(max(read / fast, computing.low) + low, read / slow + computing.high + high)


def _bytes_per_s(precision: Precision, device_kind: str) -> tuple[float, float]:
    if PRECISIONS[precision].quantised and device_kind == "cpu":
        return QUANTISED_ON_CPU_BYTES_PER_S
    return BANDWIDTH_BYTES_PER_S[device_kind]


def _passes(
    spec: RunSpec, once: Range, need: Footprint, nearest: RunResult | None, resident: bool
) -> Range:
    """Seconds from loading to the memory pass."""
    workload = spec.workload
    fixed = workload.repeats + min(workload.repeats, STEP_PASSES) + MEMORY_PASSES
    warmups = min(workload.warmup, SETTLED_RUNS), workload.warmup
    total = once.times(fixed + warmups[0], fixed + warmups[1])
    if not resident:
        fast, slow = LOAD_BYTES_PER_S
        total += Range(*WORKER_START_S)
        total += Range(need.weights_bytes / fast, need.weights_bytes / slow)
    compiles = (
        spec.variant.compile is not Compilation.OFF
        or spec.variant.attention is Attention.FLEX_ATTENTION
    )
    if compiles and not (resident and nearest and nearest.spec == spec):
        total += Range(*COMPILE_S)
    return total


def _per_token(parameters: int, device: Device, environment: Environment) -> Range:
    """Seconds for each token, from the operations that it takes."""
    processors = environment.cpu_count if device.kind == "cpu" else 1
    many, few = (rate * processors for rate in OPERATIONS_PER_S[device.kind])
    return Range(2 * parameters / many, 2 * parameters / few)


def _scoring(spec: RunSpec, once: Range, nearest: RunResult | None, a_token: Range) -> Range:
    """Seconds of quality, where it is not known already, and of the person's own task; random
    weights have neither. Of quality the reference's half may have been kept from an earlier run.
    """
    workload, total = spec.workload, Range(0.0, 0.0)
    if spec.variant.weights is Weights.RANDOM:
        return total
    if workload.quality and not (nearest and _alike(spec, nearest) and nearest.quality):
        total += a_token.times(QUALITY_TOKENS, 2 * QUALITY_TOKENS) + Range(*QUALITY_OVERHEAD_S)
    if workload.task is not None:
        total += _own_task(workload.task, once, a_token)
    return total


def _own_task(content: str, once: Range, a_token: Range) -> Range:
    """Seconds to answer each question, one row at a time and perhaps with an early end, or to read
    the text.
    """
    task = parse_task(content)
    if isinstance(task, AnswerTask):
        return once.times(len(task.questions) / 10, len(task.questions))
    tokens = len(task.text) / CHARACTERS_PER_TOKEN
    return a_token.times(tokens, tokens)


def _alike(spec: RunSpec, run: RunResult) -> bool:
    """Whether a measured run had the same variant and the same use of the cache."""
    same_cache = spec.workload.kv_cache is run.spec.workload.kv_cache
    return spec.variant == run.spec.variant and same_cache


def _basis(spec: RunSpec, nearest: RunResult | None) -> str:
    if nearest is None:
        return "rough: nothing of this model has been measured here yet"
    if _alike(spec, nearest):
        return f"run {nearest.run_id}, scaled to this workload"
    return f"rough: run {nearest.run_id} had other settings"
