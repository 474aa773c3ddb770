"""What the why line costs: the device's ceilings once, and the speed of light of a long run."""

import time
from collections.abc import Iterator

from benchmarks.rows import Row, within
from core.analysis.physics import Roof, Shape, decode_part, prefill_part
from core.engine.ceilings import measure_ceilings, name_of
from core.engine.device import open_device
from core.results.observed import ModelFacts
from core.variants.environment import read_environment

MEASUREMENTS, CEILINGS_LIMIT_S = 3, 2.0
COMPUTATIONS, LIGHT_LIMIT_S = 50, 0.010
NEW_TOKENS = 100_000
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


def measure() -> Iterator[Row]:
    """Ceilings of the default device, then the least time of the longest run that is allowed."""
    device = open_device(read_environment().default_device)
    took = [measure_ceilings(device, name_of(device)).seconds for _ in range(MEASUREMENTS)]
    yield within("ceilings of the device", took, CEILINGS_LIMIT_S, "s")
    light = [_light_s() for _ in range(COMPUTATIONS)]
    yield within("speed of light of 100,000 tokens", light, LIGHT_LIMIT_S, "s")


def _light_s() -> float:
    shape, roof = Shape(8, 1000, NEW_TOKENS, 73_728), Roof(20e9, 160e9)
    start = time.perf_counter()
    prefill_part(GPT2, shape, roof, None)
    decode_part(GPT2, shape, roof, None)
    return time.perf_counter() - start
