"""Requested against effective settings: what ran otherwise than it was asked for."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import starmap
from typing import NamedTuple

from core.analysis.served import how_asked, server_differences
from core.results.format import DASH, show
from core.results.observed import Effective
from core.results.types import RunResult
from core.variants.attention import ATTENTIONS, Attention
from core.variants.compilation import Compilation
from core.variants.decoding import Decoding
from core.variants.engine import ENGINES, Engine, engine_packages
from core.variants.kv_cache import KVCache
from core.variants.precision import PRECISIONS, own_compute_dtype
from core.variants.spec import RunSpec

KERNELS = {
    Attention.SDPA_MATH: "math",
    Attention.SDPA_FLASH: "flash",
    Attention.SDPA_EFFICIENT: "efficient",
    Attention.SDPA_CUDNN: "cudnn",
}
CACHES = {
    KVCache.DYNAMIC: "DynamicCache",
    KVCache.STATIC: "StaticCache",
    KVCache.QUANTISED_QUANTO: "Quanto",
    KVCache.QUANTISED_HQQ: "HQQ",
    KVCache.QUANTISED_FP8: "Fp8",
    KVCache.QUANTISED_U8: "uint8",
    KVCache.OFFLOADED: "DynamicCache",
    KVCache.F16: "f16",
    KVCache.Q8_0: "q8_0",
}
"""What the name of a cache that ran has in it."""
OF_TORCH = ("torch.compile", "recompiles while timed")


@dataclass(frozen=True)
class Setting:
    """One setting as it was asked for and as it became; `differs` where that is not the same."""

    name: str
    requested: str
    effective: str
    differs: bool = False


class Difference(NamedTuple):
    """A setting's name, and a sentence on how it differs from what was asked."""

    setting: str
    sentence: str


def settings(result: RunResult) -> tuple[Setting, ...]:
    """Every lever with what was asked, what was read from the loaded model, and whether these
    differ.
    """
    differing = {found.setting for found in _differences(result)}
    rows = (*_server_rows(result), *_rows(result))
    return tuple(replace(row, differs=row.name in differing) for row in rows)


def _server_rows(result: RunResult) -> tuple[Setting, ...]:
    """Who generated and how it was asked, where a server did."""
    endpoint = result.endpoint
    if endpoint is None:
        return ()
    server = f"{endpoint.server or 'a server'} at {endpoint.host}"
    return (
        Setting("server", result.spec.variant.endpoint or DASH, server),
        Setting("asked by", "", how_asked(endpoint)),
    )


def _rows(result: RunResult) -> tuple[Setting, ...]:
    variant, workload, ran = result.spec.variant, result.spec.workload, result.effective
    quantised = ", ".join(f"{count} {name}" for name, count in ran.quantised_modules.items())
    bytes_by_type = ", ".join(f"{d} {show(n, 'bytes')}" for d, n in ran.dtype_bytes.items())
    ends = ", ".join(f"{rows} by {why}" for why, rows in ran.stopped_by.items())
    rows = (
        Setting("engine", ENGINES[variant.engine].label, _engine(result)),
        Setting("weights", variant.weights, _weights(ran)),
        Setting("device", variant.device, ran.device),
        Setting("precision", variant.precision, bytes_by_type),
        Setting("quantised modules", "", quantised or "none"),
        Setting("computes in", variant.compute_dtype, ran.compute_dtype or DASH),
        Setting("attention", variant.attention, _attention(ran)),
        Setting("torch.compile", _compile_asked(result.spec), _compiled(ran)),
        Setting("recompiles while timed", "", str(ran.recompiles_while_timed)),
        Setting("KV cache", workload.kv_cache, ran.cache_class or "none"),
        Setting("decoding", workload.decoding, _decoding(ran)),
        Setting("rows ended", workload.stop, ends or DASH),
        Setting("threads", "", str(ran.threads or DASH)),
    )
    by_torch = variant.engine is Engine.TRANSFORMERS
    return tuple(row for row in rows if by_torch or row.name not in OF_TORCH)


def _engine(result: RunResult) -> str:
    """The engine's packages in the versions that ran; a server tells its own in a row before."""
    engine, packages = result.spec.variant.engine, result.environment.packages
    if engine is Engine.OPENAI:
        return ENGINES[engine].label
    names = engine_packages(engine)
    return ", ".join(f"{name} {packages[name]}" for name in names if name in packages) or DASH


def _attention(ran: Effective) -> str:
    kernels = f": {', '.join(ran.attention_kernels)}" if ran.attention_kernels else ""
    return f"{ran.attention} ({ran.attention_class}){kernels}"


def _compile_asked(spec: RunSpec) -> str:
    variant = spec.variant
    if variant.compile is Compilation.OFF:
        return "off"
    return f"{variant.compile}, {variant.compile_backend}, {variant.compile_mode}"


def _compiled(ran: Effective) -> str:
    parts = f"{ran.compiled_parts} parts, " if ran.compiled_parts else ""
    graphs = f"{parts}{ran.compiled_graphs} graphs, {ran.graph_breaks} breaks"
    return (
        f"{graphs}, {ran.graphs_from_disk} from the disk cache" if ran.graphs_from_disk else graphs
    )


def _decoding(ran: Effective) -> str:
    draft = f", draft {ran.draft}" if ran.draft else ""
    return f"{ran.decoding or DASH}{draft}"


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
    return tuple(found.sentence for found in _differences(result))


def _differences(result: RunResult) -> Iterator[Difference]:
    """Of a server only what it tells: what runs inside it is not known."""
    if result.endpoint is not None:
        yield from starmap(Difference, server_differences(result, result.endpoint))
        return
    spec, ran = result.spec, result.effective
    weights = spec.variant.weights
    if ran.weights not in (None, weights):
        sentence = f"Weights {weights} were asked, {ran.weights} ones were loaded."
        yield Difference("weights", sentence)
    if not ran.device.startswith(spec.variant.device.split(":")[0]):
        yield Difference(
            "device", f"Device {spec.variant.device} was asked, {ran.device} was used."
        )
    yield from _precision_differences(spec, ran)
    yield from _attention_differences(spec, ran)
    yield from _compile_differences(spec, ran)
    yield from _workload_differences(spec, ran)


def _precision_differences(spec: RunSpec, ran: Effective) -> Iterator[Difference]:
    precision, dtype = spec.variant.precision, spec.variant.compute_dtype
    row = PRECISIONS[precision]
    quantised = row.quantised
    if quantised and not ran.quantised_modules:
        yield Difference(
            "quantised modules", f"{precision} was asked, and no module was quantised."
        )
    if not quantised and ran.quantised_modules:
        yield Difference("quantised modules", f"{precision} was asked, and modules were quantised.")
    floats = {d: n for d, n in ran.dtype_bytes.items() if "float" in d}
    asked = dtype if quantised else own_compute_dtype(precision)
    widest = max(floats, key=lambda name: floats[name], default=str(asked))
    if widest != asked and row.other_bits is None:
        yield Difference(
            "precision", f"Weights outside quantised layers were asked in {asked} and are {widest}."
        )
    if ran.compute_dtype not in (None, dtype):
        yield Difference(
            "computes in",
            f"Computing in {dtype} was asked, the model answers in {ran.compute_dtype}.",
        )


def _attention_differences(spec: RunSpec, ran: Effective) -> Iterator[Difference]:
    asked = spec.variant.attention
    if ran.attention != ATTENTIONS[asked].implementation:
        yield Difference("attention", f"Attention {asked} was asked, {ran.attention} ran.")
    kernel = KERNELS.get(asked)
    others = [name for name in ran.attention_kernels if kernel and kernel not in name]
    if others:
        yield Difference(
            "attention", f"Only sdpa's {kernel} kernel was asked, {', '.join(others)} ran."
        )


def _compile_differences(spec: RunSpec, ran: Effective) -> Iterator[Difference]:
    if spec.variant.compile is Compilation.OFF:
        return
    if not ran.compiled_graphs:
        yield Difference("torch.compile", "torch.compile was asked, and no graph was compiled.")
    if ran.graph_breaks:
        yield Difference(
            "torch.compile", f"What was compiled is broken in {ran.graph_breaks} places."
        )


def _workload_differences(spec: RunSpec, ran: Effective) -> Iterator[Difference]:
    asked, found = spec.workload.kv_cache, ran.cache_class
    if not _is_cache(spec, found):
        yield Difference("KV cache", f"KV cache {asked} was asked, {found or 'none'} was used.")
    if spec.workload.decoding is Decoding.SPECULATIVE and ran.draft is None:
        yield Difference("decoding", "Speculative decoding was asked, and no draft model guessed.")


def _is_cache(spec: RunSpec, found: str | None) -> bool:
    """OpenVINO names its cache by the type of what it keeps, which of a dynamic one is the type
    that is computed in.
    """
    asked = spec.workload.kv_cache
    if asked is KVCache.OFF or found is None:
        return asked is KVCache.OFF and found is None
    name = CACHES[asked]
    if spec.variant.engine is Engine.OPENVINO and asked is KVCache.DYNAMIC:
        name = spec.variant.compute_dtype
    return name in found and ("offloaded" in found) is (asked is KVCache.OFFLOADED)
