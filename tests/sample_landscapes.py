"""Grids with made-up measurements, shaped like those of the bundled model on two processors."""

from collections.abc import Mapping
from itertools import product

import numpy as np

from core.variants.request import build_spec
from core.variants.spec import RunSpec

PRECISIONS = ("fp32", "bf16", "fp16", "int8", "nf4", "fp4")
ATTENTIONS = ("eager", "sdpa")
CACHES = ("dynamic", "static", "off")
BATCHES = (1, 2, 4, 8, 16)
STEP_MS = {"fp32": 67, "bf16": 46, "fp16": 46, "int8": 197, "nf4": 229, "fp4": 147}
ROW_MS = {"fp32": 7.4, "bf16": 6.0, "fp16": 16.0, "int8": 12.0, "nf4": 9.0, "fp4": 9.0}
WEIGHT_MB = {"fp32": 538, "bf16": 269, "fp16": 269, "int8": 220, "nf4": 167, "fp4": 167}
PERPLEXITY = {"fp32": 1.0, "bf16": 1.001, "fp16": 1.0, "int8": 1.007, "nf4": 1.27, "fp4": 1.5}
CACHE_FACTOR = {"dynamic": 1.0, "static": 1.04, "off": 1.9}
TOKENS = 8
Values = dict[str, float]


def landscape(seed: int, noise: float = 0.06) -> dict[RunSpec, Values]:
    """180 cells with latency, throughput, memory, cost and quality; each seed another machine: its
    levers act up to a third more or less, and each cell scatters as repeats do.
    """
    random = np.random.default_rng(seed)
    machine = {name: np.exp(random.normal(0, 0.3)) for name in (*PRECISIONS, *ATTENTIONS, *CACHES)}
    cells = {}
    for precision, attention, cache, batch in product(PRECISIONS, ATTENTIONS, CACHES, BATCHES):
        spec = build_spec(
            {
                "precision": precision,
                "attention": attention,
                "kv_cache": cache,
                "batch_size": batch,
                "max_new_tokens": TOKENS,
            }
        )
        step_ms = (STEP_MS[precision] + ROW_MS[precision] * (batch - 1)) * machine[precision]
        step_ms *= CACHE_FACTOR[cache] * machine[cache] ** 0.2 * machine[attention] ** 0.2
        step_ms *= np.exp(random.normal(0, noise))
        cells[spec] = _values(step_ms / 1000, batch, precision, cache)
    return cells


def best(cells: Mapping[RunSpec, Values], key: str, higher: bool, **at_most: float) -> float:
    """The best value of a metric among the cells within limits."""
    kept = [v for v in cells.values() if all(v[name] <= most for name, most in at_most.items())]
    values = [value[key] for value in kept]
    return max(values) if higher else min(values)


def _values(tpot_s: float, batch: int, precision: str, cache: str) -> Values:
    e2e_s = tpot_s * (TOKENS - 1) + tpot_s * 1.4
    rate = batch * TOKENS / e2e_s
    kv_bytes = 0.0 if cache == "off" else batch * 17 * 46_080.0
    return {
        "tpot_s": tpot_s,
        "e2e_s": e2e_s,
        "output_tokens_per_s": rate,
        "peak_bytes": WEIGHT_MB[precision] * 1e6 + kv_bytes + 4e8 + batch * 3e6,
        "usd_per_million_tokens": 0.2 / 3600 / rate * 1e6,
        "perplexity_ratio": PERPLEXITY[precision],
    }
