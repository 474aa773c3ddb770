"""How near a run came to the least time that its device allows: MBU, MFU, the bound.

Bandwidth and peak are those that were measured on the device of the run; a datasheet's figures
stand beside them where one is known.
"""

from collections.abc import Callable
from dataclasses import dataclass

from core.analysis.datasheet import Datasheet, datasheet_of
from core.analysis.physics import (
    Bound,
    Part,
    Roof,
    Shape,
    decode_part,
    kv_bytes_per_token,
    prefill_part,
)
from core.results.latency import latency_of
from core.results.metric import Metric
from core.results.observed import Ceilings, ModelFacts
from core.results.statistics import median
from core.results.types import RunResult
from core.variants.engine import ENGINES
from core.variants.kv_cache import KV_CACHES, KVCache


@dataclass(frozen=True)
class Roofline:
    """A run under the roof of its device. `decode` is None where one token was generated."""

    model: ModelFacts
    ceilings: Ceilings
    datasheet: Datasheet | None
    shape: Shape
    prefill: Part
    decode: Part | None
    e2e_s: float | None

    @property
    def speed_of_light_s(self) -> float:
        """The least seconds of a whole generation, prompt included."""
        return self.prefill.least_s + (self.decode.least_s if self.decode else 0.0)

    @property
    def times_slower(self) -> float | None:
        """The measured time over the least one."""
        return self.e2e_s / self.speed_of_light_s if self.e2e_s else None

    @property
    def longer(self) -> Part:
        """The part that took longer: the one that decides what bounds the run."""
        if self.decode is None or (self.decode.seconds or 0.0) < (self.prefill.seconds or 0.0):
            return self.prefill
        return self.decode

    @property
    def bound(self) -> Bound | None:
        """What bounds the part that took longer."""
        return self.longer.bound


def roofline_of(result: RunResult) -> Roofline | None:
    """The roofline of a run; None where its ceilings or its model's facts are not known."""
    model, ceilings = result.model, result.environment.ceilings
    peak = ceilings.peak_flops_per_s.get(model.compute_dtype) if model and ceilings else None
    if model is None or ceilings is None or peak is None:
        return None
    roof = Roof(ceilings.bandwidth_bytes_per_s, peak)
    shape, latency = shape_of_run(result, model), latency_of(result)
    return Roofline(
        model=model,
        ceilings=ceilings,
        datasheet=datasheet_of(ceilings.device_name),
        shape=shape,
        prefill=prefill_part(model, shape, roof, latency.ttft_s),
        decode=decode_part(model, shape, roof, latency.decode_s),
        e2e_s=latency.e2e_s,
    )


def shape_of_run(result: RunResult, model: ModelFacts) -> Shape:
    """What the run read and wrote. Rows go on until the longest is done, padding included."""
    cache, output = result.spec.workload.kv_cache, result.output
    batch, new_tokens = len(output.new_tokens), _longest(result)
    per_token: float = kv_bytes_per_token(model)
    stored = (result.memory.kv_cache_bytes or 0) / batch
    full_length = None
    if cache.startswith("static") or "Static" in (result.effective.cache_class or ""):
        whole = output.prompt_tokens + result.spec.workload.max_new_tokens
        full_length = stored / per_token or whole
    elif cache.startswith("quantised") and stored:
        per_token = stored / max(output.prompt_tokens + max(output.new_tokens) - 1, 1)
    elif (row := KV_CACHES[cache]).cells > 1 and row.bits:
        per_token *= row.bits / (8 * model.kv_value_bytes)
    return Shape(
        batch=batch,
        prompt_tokens=_prompt_tokens(result),
        new_tokens=new_tokens,
        kv_token_bytes=per_token,
        cached=cache is not KVCache.OFF,
        full_length=full_length,
        passes=_passes(result, new_tokens),
        first_tokens=latency_of(result).first_tokens,
    )


def _prompt_tokens(result: RunResult) -> float:
    """What is read per row: with padding the longest; without, the mean, which is exact for bytes
    and the least that the squares of the lengths come to.
    """
    lengths = result.output.prompt_lengths
    if ENGINES[result.spec.variant.engine].pads or not lengths:
        return result.output.prompt_tokens
    return sum(lengths) / len(lengths)


def _passes(result: RunResult, new_tokens: int) -> int | None:
    """Passes of a generation of so many tokens: those that were counted, unless that one was of
    another length; then those that have a stamp of their own. None where neither is known.
    """
    if result.passes and max(result.output.new_tokens) == new_tokens:
        return result.passes.count
    stamped = median([len(set(times)) for times in result.samples.token_s if times])
    return round(stamped) if stamped and result.passes else None


def _longest(result: RunResult) -> int:
    """Tokens of the longest row: of the timed repeats, which a time limit may end elsewhere than
    the one whose output was kept.
    """
    timed = median([len(times) for times in result.samples.token_s if times])
    return round(timed) if timed else max(result.output.new_tokens)


def _read(read: Callable[[Roofline], float | None]) -> Callable[[RunResult], float | None]:
    def of_result(result: RunResult) -> float | None:
        found = roofline_of(result)
        return read(found) if found else None

    return of_result


ROOFLINE_METRICS: tuple[Metric, ...] = (
    Metric(
        "mbu",
        "MBU, decode",
        "share",
        True,
        "Model bandwidth utilisation: of the device's measured bandwidth, the share that decode "
        "steps need for weights and KV cache.",
        _read(lambda roofline: roofline.decode.mbu if roofline.decode else None),
        "bytes per step / (TPOT · bandwidth)",
        "weights and cache as they are stored; the device's measured bandwidth",
    ),
    Metric(
        "mfu",
        "MFU, decode",
        "share",
        True,
        "Model FLOPs utilisation: of the device's measured peak, the share that decode steps need.",
        _read(lambda roofline: roofline.decode.mfu if roofline.decode else None),
        "FLOPs per step / (TPOT · peak)",
        "2 FLOPs per weight and token, and attention; the device's measured peak",
    ),
    Metric(
        "prefill_mfu",
        "MFU, prefill",
        "share",
        True,
        "Model FLOPs utilisation while the prompt is read.",
        _read(lambda roofline: roofline.prefill.mfu),
        "FLOPs of the prefill / (TTFT · peak)",
        "2 FLOPs per weight and token, and attention; the device's measured peak",
    ),
    Metric(
        "speed_of_light_s",
        "Speed of light",
        "s",
        None,
        "The least time that this device allows for this run: all bytes at its full bandwidth or "
        "all operations at its peak, whichever takes longer, for each forward pass. Padding and "
        "rows that have ended are computed too, so they count.",
        _read(lambda roofline: roofline.speed_of_light_s),
        "Σ max(bytes / bandwidth, FLOPs / peak)",
        "Williams, Waterman and Patterson 2009",
    ),
    Metric(
        "times_slower",
        "Against light",
        "×",
        False,
        "How many times longer the run took than the least time that this device allows.",
        _read(lambda roofline: roofline.times_slower),
        "end-to-end / speed of light",
        "the two figures before it",
    ),
)
