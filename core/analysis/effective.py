"""Requested against effective settings: what ran otherwise than it was asked for."""

from collections.abc import Iterator
from dataclasses import dataclass

from core.results.format import DASH, show
from core.results.types import Effective, RunResult
from core.variants.compilation import Compilation
from core.variants.kv_cache import KVCache
from core.variants.precision import PRECISIONS
from core.variants.spec import RunSpec


@dataclass(frozen=True)
class Setting:
    """One setting as it was asked for and as it became."""

    name: str
    requested: str
    effective: str


def settings(result: RunResult) -> tuple[Setting, ...]:
    """Every lever with what was asked and what was read from the loaded model."""
    variant, ran = result.spec.variant, result.effective
    quantised = ", ".join(f"{count} {name}" for name, count in ran.quantised_modules.items())
    graphs = f"{ran.compiled_graphs} graphs, {ran.graph_breaks} breaks"
    if ran.graphs_from_disk:
        graphs += f", {ran.graphs_from_disk} from the disk cache"
    bytes_by_type = ", ".join(f"{d} {show(n, 'bytes')}" for d, n in ran.dtype_bytes.items())
    return (
        Setting("weights", variant.weights, _weights(ran)),
        Setting("device", variant.device, ran.device),
        Setting("precision", variant.precision, bytes_by_type),
        Setting("quantised modules", "", quantised or "none"),
        Setting("attention", variant.attention, f"{ran.attention} ({ran.attention_class})"),
        Setting("torch.compile", variant.compile, graphs),
        Setting("recompiles while timed", "", str(ran.recompiles_while_timed)),
        Setting("KV cache", result.spec.workload.kv_cache, ran.cache_class or "none"),
        Setting("threads", "", str(ran.threads or DASH)),
    )


def _weights(ran: Effective) -> str:
    """What the weights are, the hub's commit, and a tokenizer that is not the model's own."""
    parts = [str(ran.weights or DASH)]
    if ran.revision:
        parts.append(f"revision {ran.revision}")
    if ran.tokenizer:
        parts.append(f"with {ran.tokenizer}")
    return ", ".join(parts)


def effective_differences(result: RunResult) -> tuple[str, ...]:
    """One sentence for each setting that did not become what was asked; empty where all did."""
    return tuple(_differences(result.spec, result.effective))


def _differences(spec: RunSpec, effective: Effective) -> Iterator[str]:
    variant = spec.variant
    if effective.weights not in (None, variant.weights):
        yield f"Weights {variant.weights} were asked, {effective.weights} ones were loaded."
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
