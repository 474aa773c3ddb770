"""What a run is called where there is room for a few words: its precision and what is unusual."""

from core.variants.compilation import Compilation
from core.variants.kv_cache import KVCache
from core.variants.models import catalogue
from core.variants.spec import RunSpec
from core.variants.weights import Weights


def short_name(spec: RunSpec) -> str:
    """The levers in a few words: `nf4 · sdpa · batch 4`."""
    variant, workload = spec.variant, spec.workload
    parts = [str(variant.precision), str(variant.attention)]
    if variant.weights is Weights.RANDOM:
        parts.append("random weights")
    if variant.compile is Compilation.ON:
        parts.append("compiled")
    if workload.kv_cache is KVCache.OFF:
        parts.append("no KV cache")
    if workload.batch_size > 1:
        parts.append(f"batch {workload.batch_size}")
    return " · ".join(parts)


def long_name(spec: RunSpec) -> str:
    """The short name with model, device and output length."""
    tokens = f"{spec.workload.max_new_tokens} new tokens"
    return " · ".join([model_name(spec), short_name(spec), tokens, spec.variant.device])


def model_name(spec: RunSpec) -> str:
    """The model's key, or the last part of a local folder's path or a hub id; its revision."""
    model, revision = spec.variant.model, spec.variant.revision
    name = model if model in catalogue() else model.rstrip("/").rpartition("/")[2]
    return f"{name}@{revision[:12]}" if revision else name
