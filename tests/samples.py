"""Honest specs, results and failures for tests: consistent in themselves.

A sample result has as many samples, tokens and bytes as its spec asks for, so that whatever is
derived from it (throughput, cost, tables, plots) is what a real run of that spec would give.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from core.errors import FailureKind
from core.results.measured import Energy, Memory, Output, Phase, Quality, Samples, Times
from core.results.observed import Effective
from core.results.types import Grade, RunFailure, RunResult, Trust
from core.variants.attention import ATTENTIONS
from core.variants.compilation import Compilation
from core.variants.kv_cache import KVCache
from core.variants.lengths import row_lengths
from core.variants.models import BUNDLED_SHAPE
from core.variants.precision import PRECISIONS, Precision
from core.variants.request import build_spec
from core.variants.spec import RunSpec
from core.variants.weights import NO_QUALITY, Weights
from tests.sample_machines import GIB as GIB
from tests.sample_machines import a_cpu as a_cpu
from tests.sample_machines import a_gpu as a_gpu
from tests.sample_machines import a_run_environment
from tests.sample_machines import an_environment as an_environment
from tests.sample_passes import passes_of
from tests.sample_tasks import task_of

DAWN = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
PROMPT_TOKENS = 9
CACHES = {
    KVCache.DYNAMIC: "DynamicCache",
    KVCache.STATIC: "StaticCache",
    KVCache.OFFLOADED: "DynamicCache",
    KVCache.QUANTISED_QUANTO: "QuantizedCache",
    KVCache.QUANTISED_HQQ: "QuantizedCache",
    KVCache.QUANTISED_FP8: "QuantizedCache",
    KVCache.QUANTISED_U8: "OpenVINO state, uint8",
    KVCache.F16: "f16",
    KVCache.Q8_0: "q8_0",
    KVCache.OWN: "own",
}
MODULES = 210  # linear layers of the bundled model
SCATTER = (1.0, 0.98, 1.01, 0.99, 1.03)
BYTES_PER_VALUE = {"float32": 4, "float16": 2, "bfloat16": 2}


def a_spec(**values: object) -> RunSpec:
    """The default spec with these fields changed, through the same door as a person's request."""
    return build_spec(values)


def a_result(
    run_id: str = "run-1",
    spec: RunSpec | None = None,
    *,
    e2e_s: float = 2.0,
    ttft_s: float = 0.1,
    minute: int = 0,
    **changes: Any,
) -> RunResult:
    """A measured run, submitted `minute` minutes after dawn; `changes` replace whole parts."""
    spec, begun = spec or a_spec(), DAWN + timedelta(minutes=minute)
    parts: dict[str, Any] = {
        "run_id": run_id,
        "spec": spec,
        "submitted_at": begun,
        "finished_at": begun + timedelta(seconds=30),
        "times": times_of(spec),
        "samples": samples_of(spec, e2e_s, ttft_s),
        "memory": memory_of(spec),
        "quality": quality_of(spec),
        "task": task_of(spec),
        "energy": energy_of(spec, e2e_s),
        "quality_missing": NO_QUALITY if spec.variant.weights is Weights.RANDOM else None,
        "effective": effective_of(spec),
        "environment": a_run_environment(),
        "output": output_of(spec),
        "passes": passes_of(spec),
        "trust": Trust(grade=Grade.A),
    }
    return RunResult(**{**parts, **changes})


def a_failure(
    run_id: str = "run-2",
    spec: RunSpec | None = None,
    *,
    kind: FailureKind = FailureKind.ERROR,
    minute: int = 0,
    **changes: Any,
) -> RunFailure:
    """A run that ended without a result, submitted `minute` minutes after dawn."""
    submitted_at = DAWN + timedelta(minutes=minute)
    parts: dict[str, Any] = {
        "run_id": run_id,
        "spec": spec or a_spec(),
        "submitted_at": submitted_at,
        "finished_at": submitted_at + timedelta(seconds=3),
        "kind": kind,
        "message": "The model could not be run.",
        "phase": Phase.LOADING,
    }
    return RunFailure(**{**parts, **changes})


def times_of(spec: RunSpec) -> Times:
    """Times of a run that loaded its variant, and compiled it where that was asked."""
    compiled = spec.variant.compile is not Compilation.OFF
    return Times(
        load_s=1.5,
        first_s=52.0 if compiled else 3.2,
        compile_s=50.0 if compiled else None,
        quality_s=4.0 if spec.workload.quality else None,
        phases_s={Phase.LOADING: 1.5, Phase.MEASURING: 10.0},
    )


def samples_of(spec: RunSpec, e2e_s: float = 2.0, ttft_s: float = 0.1) -> Samples:
    """Raw samples whose headline median is near `e2e_s`; the step pass is 2 % slower."""
    tokens, repeats = spec.workload.max_new_tokens, spec.workload.repeats
    step_s = (e2e_s * 1.02 - ttft_s) / max(tokens - 1, 1)
    factors = [SCATTER[i % len(SCATTER)] for i in range(repeats)]
    return Samples(
        warmup_s=tuple(e2e_s * slower for slower in (1.6, 1.02, 1.0, 1.01))[: spec.workload.warmup],
        warmup_settled=spec.workload.warmup >= 4,
        e2e_s=tuple(e2e_s * factor for factor in factors),
        token_s=tuple(
            tuple((ttft_s + i * step_s) * factor for i in range(tokens)) for factor in factors[:5]
        ),
    )


def dtype_bytes_of(spec: RunSpec) -> dict[str, int]:
    """Bytes of the bundled model's weights in the precision asked for, by stored type."""
    row = PRECISIONS[spec.variant.precision]
    linear = int(BUNDLED_SHAPE.linear_parameters * row.linear_bits / 8)
    dtype = str(spec.variant.compute_dtype)
    other = BUNDLED_SHAPE.other_parameters * BYTES_PER_VALUE[dtype]
    if not row.quantised:
        return {dtype: linear + other}
    stored = "int8" if "int8" in spec.variant.precision else "uint8"
    return {stored: linear, dtype: other}


def memory_of(spec: RunSpec) -> Memory:
    """Memory of the bundled model in the precision asked for."""
    weights = sum(dtype_bytes_of(spec).values())
    length = PROMPT_TOKENS + spec.workload.max_new_tokens
    value_bytes = BYTES_PER_VALUE[str(spec.variant.compute_dtype)]
    cached = spec.workload.kv_cache is not KVCache.OFF
    kv_cache = BUNDLED_SHAPE.kv_bytes(spec.workload.batch_size, length, value_bytes)
    rest = 20_000_000
    runtime = 400_000_000
    return Memory(
        weights_bytes=weights,
        kv_cache_bytes=kv_cache if cached else None,
        runtime_bytes=runtime,
        rest_bytes=rest,
        peak_bytes=weights + (kv_cache if cached else 0) + rest + runtime,
        method="resident set",
    )


def quality_of(spec: RunSpec) -> Quality | None:
    """Quality against fp32, which is without loss itself; None where it was not asked, and for
    random weights.
    """
    if not spec.workload.quality or spec.variant.weights is Weights.RANDOM:
        return None
    loss = 0.0 if spec.variant.precision is Precision.FP32 else 0.02
    return Quality(
        reference="fp32 eager",
        tokens=400,
        mean_kl_nats=loss,
        top1_agreement=1.0 - loss,
        perplexity=22.07 * (1 + loss),
        perplexity_ratio=1 + loss,
        bits_per_byte=1.2 * (1 + loss),
        reference_bits_per_byte=1.2,
        seconds=4.0,
    )


def energy_of(spec: RunSpec, e2e_s: float) -> Energy:
    """One generation at 30 watts."""
    return Energy(
        joules=30.0 * e2e_s,
        window_s=e2e_s,
        generations=1,
        tokens=spec.workload.max_new_tokens * spec.workload.batch_size,
        counter="RAPL package-0",
    )


def effective_of(spec: RunSpec) -> Effective:
    """Effective settings that are what was asked for."""
    row = PRECISIONS[spec.variant.precision]
    compiled = spec.variant.compile is not Compilation.OFF
    cached = spec.workload.kv_cache is not KVCache.OFF
    kind = "Linear8bitLt" if "int8" in spec.variant.precision else "Linear4bit"
    return Effective(
        device=spec.variant.device,
        attention=ATTENTIONS[spec.variant.attention].implementation,
        compute_dtype=str(spec.variant.compute_dtype),
        decoding=str(spec.workload.decoding),
        draft=spec.workload.draft_model,
        attention_class="LlamaAttention",
        dtype_bytes=dtype_bytes_of(spec),
        quantised_modules={kind: MODULES} if row.quantised else {},
        cache_class=f"{CACHES[spec.workload.kv_cache]} (layers)" if cached else None,
        compiled_graphs=1 if compiled else 0,
        graph_breaks=0,
        recompiles_while_timed=0,
        threads=2,
        weights=spec.variant.weights,
    )


def output_of(spec: RunSpec) -> Output:
    """Text and tokens, as many as were asked for in each row."""
    workload = spec.workload
    return Output(
        text="" if spec.variant.weights is Weights.RANDOM else " dog" * workload.max_new_tokens,
        token_ids=tuple(2767 + i for i in range(workload.max_new_tokens)),
        prompt_tokens=workload.prompt_tokens or PROMPT_TOKENS,
        prompt_lengths=row_lengths(workload, workload.prompt_tokens or PROMPT_TOKENS),
        new_tokens=(workload.max_new_tokens,) * workload.batch_size,
    )
