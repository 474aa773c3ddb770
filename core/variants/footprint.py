"""How much memory a run will need, from the model's sizes alone; used before anything is loaded."""

from dataclasses import dataclass

from core.variants.attention import Attention
from core.variants.kv_cache import KVCache
from core.variants.precision import PRECISIONS, Precision
from core.variants.shapes import ModelShape
from core.variants.spec import RunSpec

DTYPE_BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}
ACTIVATION_WIDTHS = 16
"""Hidden-sized vectors per token alive at once in a forward pass: the residual stream, queries,
keys and values, and the feed-forward layer's intermediates, which are two to four times as wide.
"""


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
    workload = spec.workload
    value_bytes = activation_dtype_bytes(spec.variant.precision)
    length = prompt_tokens + workload.max_new_tokens
    cached = workload.kv_cache is KVCache.ON
    computed = prompt_tokens if cached else length
    return Footprint(
        weights_bytes=weights_bytes(shape, spec.variant.precision),
        kv_cache_bytes=shape.kv_bytes(workload.batch_size, length, value_bytes) if cached else 0,
        activation_bytes=_activation_bytes(spec, shape, computed, value_bytes),
    )


def weights_bytes(shape: ModelShape, precision: Precision) -> int:
    """Linear layers at the precision's bits, everything else in its float type."""
    row = PRECISIONS[precision]
    linear = shape.linear_parameters * row.linear_bits / 8
    return int(linear + shape.other_parameters * DTYPE_BYTES[row.dtype])


def activation_dtype_bytes(precision: Precision) -> int:
    """Bytes of one activation, and of one key or value."""
    return DTYPE_BYTES[PRECISIONS[precision].dtype]


def _activation_bytes(spec: RunSpec, shape: ModelShape, tokens: int, value_bytes: int) -> int:
    """Hidden vectors of the computed tokens, eager attention's scores, and the last logits
    in fp32 twice (raw and processed).
    """
    batch = spec.workload.batch_size
    hidden = batch * tokens * shape.hidden * ACTIVATION_WIDTHS * value_bytes
    scores = 0
    if spec.variant.attention is Attention.EAGER:
        scores = batch * shape.heads * tokens * tokens * (value_bytes + 4)
    logits = batch * shape.vocabulary * 8
    return hidden + scores + logits
