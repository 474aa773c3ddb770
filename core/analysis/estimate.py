"""What a run will need and how long it will take, before it is started; always an estimate.

Bytes follow from the model's sizes. Seconds follow from runs that were measured on this device,
scaled to the workload, or, where there is none, from the weights' bytes at a range of bandwidths.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from core.results.latency import latency_of
from core.results.types import RunResult
from core.variants.attention import Attention
from core.variants.compilation import Compilation
from core.variants.environment import Environment
from core.variants.footprint import Footprint, footprint
from core.variants.models import find_model, shape_of
from core.variants.spec import RunSpec
from core.variants.tokens import count_tokens

WORKER_START_S = (2.0, 6.0)
LOAD_BYTES_PER_S = (1e9, 2e8)
COMPILE_S = (20.0, 240.0)
QUALITY_S = (2.0, 15.0)
STEP_PASSES, MEMORY_PASSES, SETTLED_RUNS = 3, 1, 3
BANDWIDTH_BYTES_PER_S = {"cpu": (20e9, 5e9), "cuda": (2e12, 2e11)}
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
    need = _need(spec)
    if need is None or device is None:
        return Estimate(None, None, None, None, free, None, None, None, "its sizes are not known")
    needed = need.total_bytes - (need.weights_bytes if resident else 0)
    nearest = similar[0] if similar else None
    once = _generation(spec, need, device.kind, nearest)
    seconds = _whole_run(spec, once, need, nearest, resident)
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


def _need(spec: RunSpec) -> Footprint | None:
    shape = shape_of(find_model(spec.variant.model))
    return footprint(spec, shape, prompt_tokens(spec)) if shape else None


def prompt_tokens(spec: RunSpec) -> int:
    """Tokens of the prompt; guessed from its length until the tokenizer is here."""
    workload = spec.workload
    if workload.prompt is None:
        return workload.prompt_tokens or 0
    counted = count_tokens(find_model(spec.variant.model), workload.prompt)
    return counted or len(workload.prompt) // CHARACTERS_PER_TOKEN + 1


def _generation(
    spec: RunSpec, need: Footprint, device_kind: str, nearest: RunResult | None
) -> Range:
    """Seconds of one generation."""
    measured = latency_of(nearest) if nearest else None
    if nearest is None or measured is None or measured.tpot_s is None or measured.ttft_s is None:
        fast, slow = BANDWIDTH_BYTES_PER_S[device_kind]
        low, high = STEP_OVERHEAD_S[device_kind]
        step = Range(need.weights_bytes / fast + low, need.weights_bytes / slow + high)
        grown = spec.workload.batch_size**0.5
        return step.times(spec.workload.max_new_tokens, spec.workload.max_new_tokens * grown)
    rows = spec.workload.batch_size / nearest.spec.workload.batch_size
    longer = prompt_tokens(spec) / max(1, nearest.output.prompt_tokens)
    prefill = Range(measured.ttft_s, measured.ttft_s).times(
        min(1.0, rows * longer), max(1.0, rows * longer)
    )
    steps = spec.workload.max_new_tokens - 1
    decode = Range(measured.tpot_s, measured.tpot_s).times(
        steps * min(1.0, rows), steps * max(1.0, rows)
    )
    other = 1.0 if _alike(spec, nearest) else 2.0
    return (prefill + decode).times(0.9 / other, 1.1 * other)


def _whole_run(
    spec: RunSpec, once: Range, need: Footprint, nearest: RunResult | None, resident: bool
) -> Range:
    workload = spec.workload
    fixed = workload.repeats + min(workload.repeats, STEP_PASSES) + MEMORY_PASSES
    warmups = min(workload.warmup, SETTLED_RUNS), workload.warmup
    total = once.times(fixed + warmups[0], fixed + warmups[1])
    if not resident:
        fast, slow = LOAD_BYTES_PER_S
        total += Range(*WORKER_START_S)
        total += Range(need.weights_bytes / fast, need.weights_bytes / slow)
    compiles = (
        spec.variant.compile is Compilation.ON or spec.variant.attention is Attention.FLEX_ATTENTION
    )
    if compiles and not (resident and nearest and nearest.spec == spec):
        total += Range(*COMPILE_S)
    if workload.quality and not (nearest and _alike(spec, nearest) and nearest.quality):
        total += Range(*QUALITY_S)
    return total


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
