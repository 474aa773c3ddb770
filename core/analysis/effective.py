"""Requested against effective settings: what ran otherwise than it was asked for."""

from collections.abc import Iterator

from core.results.types import Effective, RunResult
from core.variants.compilation import Compilation
from core.variants.kv_cache import KVCache
from core.variants.precision import PRECISIONS
from core.variants.spec import RunSpec


def effective_differences(result: RunResult) -> tuple[str, ...]:
    """One sentence for each setting that did not become what was asked; empty where all did."""
    return tuple(_differences(result.spec, result.effective))


def _differences(spec: RunSpec, effective: Effective) -> Iterator[str]:
    variant = spec.variant
    if effective.attention != variant.attention:
        yield f"Attention {variant.attention} was asked, {effective.attention} ran."
    if not effective.device.startswith(variant.device.split(":")[0]):
        yield f"Device {variant.device} was asked, {effective.device} was used."
    yield from _precision(spec, effective)
    if variant.compile is Compilation.ON and not effective.compiled_graphs:
        yield "torch.compile was asked, and no graph was compiled."
    if variant.compile is Compilation.ON and effective.graph_breaks:
        yield f"The compiled forward pass was broken in {effective.graph_breaks} places."
    cached = effective.cache_class is not None
    if cached is not (spec.workload.kv_cache is KVCache.ON):
        found = effective.cache_class or "none"
        yield f"KV cache {spec.workload.kv_cache} was asked, {found} was used."


def _precision(spec: RunSpec, effective: Effective) -> Iterator[str]:
    precision = spec.variant.precision
    row = PRECISIONS[precision]
    if row.quantised and not effective.quantised_modules:
        yield f"{precision} was asked, and no module was quantised."
    if not row.quantised and effective.quantised_modules:
        yield f"{precision} was asked, and modules were quantised."
    floats = {d: n for d, n in effective.dtype_bytes.items() if "float" in d}
    widest = max(floats, key=lambda dtype: floats[dtype], default=row.dtype)
    if widest != row.dtype:
        yield f"Weights outside quantised layers were asked in {row.dtype} and are {widest}."
