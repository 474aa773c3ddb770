"""The least seconds and bytes that a cell can take, from a measured run of its variant."""

from dataclasses import dataclass

from core.analysis.forecast.need import prompt_tokens
from core.analysis.physics import Bound, Shape, decode_part, kv_bytes_per_token, prefill_part
from core.analysis.roofline import roofline_of
from core.results.observed import ModelFacts
from core.results.types import RunResult
from core.variants.decoding import Decoding
from core.variants.kv_cache import KVCache
from core.variants.spec import RunSpec, StopRule, Workload


@dataclass(frozen=True)
class Least:
    """Seconds of the prompt's pass and of all others under the device's measured ceilings, and
    bytes of the process before it loads anything, of weights and of cache.
    """

    prefill_s: float
    decode_s: float
    bytes: int


def least_of(spec: RunSpec, like: RunResult) -> Least | None:
    """The least of a cell; `like` is a measured run of the very variant. None where it is not
    known how many tokens or passes the cell will have, or what the device can do: weights that a
    processor's own cache holds are read faster than its memory allows.
    """
    roofline = roofline_of(like)
    if roofline is None or roofline.bound is Bound.BEYOND or not _foreseeable(spec.workload):
        return None
    shape, roof = _shape(spec, roofline.model), roofline.prefill.roof
    decode = decode_part(roofline.model, shape, roof, None)
    kept = shape.batch * shape.kv_token_bytes * (shape.prompt_tokens + shape.new_tokens - 1)
    return Least(
        prefill_s=prefill_part(roofline.model, shape, roof, None).least_s,
        decode_s=decode.least_s if decode else 0.0,
        bytes=(like.memory.weights_bytes or 0) + (like.memory.runtime_bytes or 0) + int(kept),
    )


def _foreseeable(workload: Workload) -> bool:
    """Whether each row has the same tokens, and each token a pass of its own."""
    fixed = workload.stop is StopRule.FIXED and workload.max_length is None
    return fixed and workload.decoding is Decoding.GREEDY and not workload.shortest_prompt_tokens


def _shape(spec: RunSpec, model: ModelFacts) -> Shape:
    """What the cell reads and writes at least: of a packed cache the bytes are not known."""
    workload, prompt = spec.workload, prompt_tokens(spec)
    plain = workload.kv_cache in (KVCache.DYNAMIC, KVCache.STATIC)
    static = workload.kv_cache is KVCache.STATIC
    return Shape(
        batch=workload.batch_size,
        prompt_tokens=prompt,
        new_tokens=workload.max_new_tokens,
        kv_token_bytes=kv_bytes_per_token(model) if plain else 0.0,
        cached=workload.kv_cache is not KVCache.OFF,
        full_length=prompt + workload.max_new_tokens if static else None,
    )
