"""Honest runs under a roof for tests: real models' sizes, ceilings, and results that have both."""

from typing import Any

from core.results.latency import latency_of
from core.results.observed import Ceilings, ModelFacts
from core.results.types import RunResult
from core.variants.models import BUNDLED_SHAPE
from core.variants.precision import PRECISIONS, own_compute_dtype
from core.variants.spec import RunSpec
from tests.sample_machines import a_run_environment
from tests.samples import DAWN, a_result, a_spec

GPT2 = ModelFacts(
    layers=12,
    heads=12,
    kv_heads=12,
    head_dim=64,
    hidden=768,
    vocabulary=50_257,
    parameters=124_439_808,
    matmul_parameters=123_532_032,
    head_parameters=38_597_376,
    matmul_bytes=494_128_128,
    kv_value_bytes=4,
    compute_dtype="float32",
)
TINY_LLAMA = ModelFacts(
    layers=22,
    heads=32,
    kv_heads=4,
    head_dim=64,
    hidden=2048,
    vocabulary=32_000,
    parameters=1_100_048_384,
    matmul_parameters=1_034_420_224,
    head_parameters=65_536_000,
    matmul_bytes=2_068_840_448,
    kv_value_bytes=2,
    compute_dtype="bfloat16",
)
CPU_CEILINGS = Ceilings(
    device_name="Example CPU @ 2.00GHz",
    bandwidth_bytes_per_s=20e9,
    peak_flops_per_s={"float32": 160e9, "bfloat16": 350e9, "float16": 30e9},
    method="worked out",
    measured_at=DAWN,
    seconds=1.5,
)
H100_CEILINGS = Ceilings(
    device_name="NVIDIA H100 80GB HBM3",
    bandwidth_bytes_per_s=3.0e12,
    peak_flops_per_s={"float32": 50e12, "bfloat16": 700e12, "float16": 700e12},
    method="worked out",
    measured_at=DAWN,
    seconds=1.5,
)


def facts_of(spec: RunSpec) -> ModelFacts:
    """The bundled model's facts in the precision that is asked for."""
    row, dtype = PRECISIONS[spec.variant.precision], own_compute_dtype(spec.variant.precision)
    head = BUNDLED_SHAPE.hidden * BUNDLED_SHAPE.vocabulary
    value_bytes = 4 if dtype == "float32" else 2
    linear = BUNDLED_SHAPE.linear_parameters
    return ModelFacts(
        layers=BUNDLED_SHAPE.layers,
        heads=BUNDLED_SHAPE.heads,
        kv_heads=BUNDLED_SHAPE.kv_heads,
        head_dim=BUNDLED_SHAPE.head_dim,
        hidden=BUNDLED_SHAPE.hidden,
        vocabulary=BUNDLED_SHAPE.vocabulary,
        parameters=BUNDLED_SHAPE.parameters,
        matmul_parameters=linear + head,
        head_parameters=head,
        matmul_bytes=int(linear * row.linear_bits / 8) + head * value_bytes,
        kv_value_bytes=value_bytes,
        compute_dtype=str(dtype),
    )


def a_bounded_result(
    spec: RunSpec | None = None,
    *,
    model: ModelFacts | None = None,
    ceilings: Ceilings | None = CPU_CEILINGS,
    **changes: Any,
) -> RunResult:
    """A measured run whose model's facts and device's ceilings are known."""
    spec = spec or a_spec()
    environment = a_run_environment().model_copy(update={"ceilings": ceilings})
    known = {"model": model or facts_of(spec), "environment": environment}
    return a_result(spec=spec, **{**known, **changes})


def at_utilisation(
    mbu: float, spec: RunSpec, *, ceilings: Ceilings = CPU_CEILINGS, **changes: Any
) -> RunResult:
    """A run whose decode steps use that share of the bandwidth; its prefill takes a step's time."""
    from core.analysis.roofline import roofline_of

    first = a_bounded_result(spec, ceilings=ceilings, **changes)
    roofline = roofline_of(first)
    assert roofline is not None
    assert roofline.decode is not None
    step_s = roofline.decode.bytes / ceilings.bandwidth_bytes_per_s / mbu
    steps = spec.workload.max_new_tokens - 1
    ttft_s = step_s / steps
    result = a_bounded_result(
        spec, ceilings=ceilings, e2e_s=(step_s + ttft_s) / 1.02, ttft_s=ttft_s, **changes
    )
    assert latency_of(result).tpot_s is not None
    return result
