"""The least seconds and bytes that a cell can take, from a measured run of its variant."""

from dataclasses import dataclass

from core.analysis.estimate import prompt_tokens
from core.analysis.physics import Roof, Shape, decode_part, kv_bytes_per_token, prefill_part
from core.results.types import RunResult
from core.variants.decoding import Decoding
from core.variants.kv_cache import KVCache
from core.variants.spec import RunSpec, StopRule


@dataclass(frozen=True)
class Least:
    """Seconds of the prompt's pass and of all others under the device's measured ceilings, and
    bytes of weights and cache.
    """

    prefill_s: float
    decode_s: float
    bytes: int


def least_of(spec: RunSpec, like: RunResult) -> Least | None:
    """The least of a cell; `like` is a measured run of the very variant. None where it is not
    known how many tokens or passes the cell will have, or what the device can do.
    """
    workload, model, ceilings = spec.workload, like.model, like.environment.ceilings
    certain = workload.stop is StopRule.FIXED and workload.decoding is Decoding.GREEDY
    mixed = workload.shortest_prompt_tokens is not None or workload.max_length is not None
    peak = ceilings.peak_flops_per_s.get(model.compute_dtype) if model and ceilings else None
    if not certain or mixed or model is None or ceilings is None or peak is None:
        return None
    plain = workload.kv_cache in (KVCache.DYNAMIC, KVCache.STATIC)
    per_token = float(kv_bytes_per_token(model)) if plain else 0.0
    prompt, new = prompt_tokens(spec), workload.max_new_tokens
    shape = Shape(
        batch=workload.batch_size,
        prompt_tokens=prompt,
        new_tokens=new,
        kv_token_bytes=per_token,
        cached=workload.kv_cache is not KVCache.OFF,
        full_length=prompt + new if workload.kv_cache is KVCache.STATIC else None,
    )
    roof = Roof(ceilings.bandwidth_bytes_per_s, peak)
    decode = decode_part(model, shape, roof, None)
    kept = workload.batch_size * per_token * (prompt + new - 1)
    return Least(
        prefill_s=prefill_part(model, shape, roof, None).least_s,
        decode_s=decode.least_s if decode else 0.0,
        bytes=like.memory.weights_bytes + int(kept),
    )
