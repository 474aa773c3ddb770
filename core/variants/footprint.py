"""How much memory a run will need, from the model's sizes alone; used before anything is loaded."""

from dataclasses import dataclass

from core.variants.attention import Attention
from core.variants.kv_cache import KV_CACHES, NEWEST_IN_FULL, KVCache
from core.variants.lengths import new_tokens_cap
from core.variants.precision import DTYPE_BYTES, PRECISIONS
from core.variants.shapes import ModelShape
from core.variants.spec import RunSpec, VariantSpec

ACTIVATION_WIDTHS = 16
"""Hidden-sized vectors per token alive at once in a forward pass: the residual stream, queries,
keys and values, and the feed-forward layer's intermediates, which are two to four times as wide.
"""
SCALES_PER_GROUP, GROUP = 2, 64


@dataclass(frozen=True)
class Footprint:
    """Bytes by part. `activation_bytes` is an upper estimate, the others are exact formulas."""

    weights_bytes: int
    kv_cache_bytes: int
    activation_bytes: int

    @property
    def total_bytes(self) -> int:
        """All parts together."""
        return self.weights_bytes + self.kv_cache_bytes + self.activation_bytes


def footprint(spec: RunSpec, shape: ModelShape, prompt_tokens: int) -> Footprint:
    """Bytes that the spec needs on its device, the process itself not counted."""
    new = new_tokens_cap(spec.workload, prompt_tokens)
    off = spec.workload.kv_cache is KVCache.OFF
    return Footprint(
        weights_bytes=weights_bytes(shape, spec.variant),
        kv_cache_bytes=kv_cache_bytes(spec, shape, prompt_tokens),
        activation_bytes=_activation_bytes(
            spec, shape, prompt_tokens + new if off else prompt_tokens
        ),
    )


def weights_bytes(shape: ModelShape, variant: VariantSpec) -> int:
    """Linear layers at the precision's bits, everything else in the type that is computed in or at
    bits of its own.
    """
    row = PRECISIONS[variant.precision]
    bits = shape.linear_parameters * row.linear_bits + shape.linear_rows * row.bits_per_row
    other_bits = row.other_bits or 8 * DTYPE_BYTES[variant.compute_dtype]
    return int((bits + shape.other_parameters * other_bits) / 8)


def kv_cache_bytes(spec: RunSpec, shape: ModelShape, prompt_tokens: int) -> int:
    """Bytes of keys and values at the end of a generation; 0 without a cache, and on a device
    that its cache is kept away from.

    The last token is never fed back, so a cache that grows holds one token less than the text; a
    static one is allocated whole. Grouped caches keep their newest tokens in full.
    """
    workload, value_bytes = spec.workload, DTYPE_BYTES[spec.variant.compute_dtype]
    new, rows = new_tokens_cap(workload, prompt_tokens), workload.batch_size
    if workload.kv_cache in (KVCache.OFF, KVCache.OFFLOADED):
        return 0
    if workload.kv_cache is KVCache.STATIC:
        return shape.kv_bytes(rows, prompt_tokens + new, value_bytes)
    row, length = KV_CACHES[workload.kv_cache], prompt_tokens + new - 1
    if row.bits is None:
        return shape.kv_bytes(rows, length, value_bytes)
    full = (new - 1) % NEWEST_IN_FULL if row.package else 0
    scales = 8 * value_bytes * SCALES_PER_GROUP / GROUP if row.package else 0.0
    packed = shape.kv_bytes(rows, length - full, (row.bits + scales) / 8)
    return packed + shape.kv_bytes(rows, full, value_bytes)


def _activation_bytes(spec: RunSpec, shape: ModelShape, tokens: int) -> int:
    """Hidden vectors of the computed tokens, eager attention's scores, and the last logits
    in fp32 twice (raw and processed).
    """
    batch, value_bytes = spec.workload.batch_size, DTYPE_BYTES[spec.variant.compute_dtype]
    hidden = batch * tokens * shape.hidden * ACTIVATION_WIDTHS * value_bytes
    scores = 0
    if spec.variant.attention is Attention.EAGER:
        scores = batch * shape.heads * tokens * tokens * (value_bytes + 4)
    logits = batch * shape.vocabulary * 8
    return hidden + scores + logits
