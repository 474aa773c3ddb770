"""Which levers could help a run, and which cannot, from what bounds it. One rule is one function.

A rule names a lever only where it is not already on, and a number only where it was measured.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from core.analysis.physics import Part
from core.analysis.roofline import Roofline
from core.results.format import show
from core.results.passes import acceptance_rate
from core.results.types import RunResult
from core.variants.attention import Attention
from core.variants.compilation import Compilation, CompileBackend, CompileMode
from core.variants.decoding import Decoding
from core.variants.engine import DEFAULT_ENGINE
from core.variants.engine_support import BY_ENGINE, has_choice, is_lever
from core.variants.kv_cache import KVCache
from core.variants.precision import PRECISIONS, Precision

FLOATS = {"float32": Precision.FP32, "bfloat16": Precision.BF16, "float16": Precision.FP16}
NOTICEABLE = 0.15  # below this share of a step, reading less cannot be felt
WORTH_WHILE = 0.8  # a floor must fall to this share of the present one
LARGE_CACHE_SHARE = 0.5
WASTED_SHARE = 0.2
FEW_ACCEPTED = 0.3  # of five guesses then hardly one saves a pass
CACHES_TO_COMPILE_WITH = (KVCache.OFF, KVCache.DYNAMIC, KVCache.STATIC)
BATCH_STEP, LARGEST_BATCH = 8, 4096


@dataclass(frozen=True)
class Lever:
    """A field of the spec, the value that it would get (None where it depends), and its words."""

    field: str
    value: str | None
    words: str


@dataclass(frozen=True)
class Situation:
    """A run, its roofline, and the part that took longer."""

    result: RunResult
    roofline: Roofline

    @property
    def part(self) -> Part:
        """The part that the sentence is about."""
        return self.roofline.longer

    @property
    def decodes(self) -> bool:
        """Whether that part is the decode steps."""
        return self.part is self.roofline.decode

    @property
    def on_cpu(self) -> bool:
        """Whether it ran on a CPU."""
        return self.result.spec.variant.device == "cpu"

    def engine_has(self, lever: Lever) -> bool:
        """Whether the run's engine has what a lever says; without a value it may be any choice."""
        engine, field = self.result.spec.variant.engine, lever.field
        if lever.value is None and field in BY_ENGINE:
            return engine is DEFAULT_ENGINE
        return is_lever(engine, field) and has_choice(engine, field, lever.value)

    @property
    def quantised(self) -> bool:
        """Whether the weights have fewer bits than a float type."""
        return PRECISIONS[self.result.spec.variant.precision].quantised

    @property
    def guesses(self) -> bool:
        """Whether tokens are guessed, which is done for one row only."""
        return self.result.spec.workload.decoding is not Decoding.GREEDY

    @property
    def weight_share(self) -> float:
        """Share of a step's bytes that are weights; the rest is the cache."""
        return self.part.passes * self.roofline.model.matmul_bytes / self.part.bytes


Rule = Callable[[Situation], Lever | None]


def overhead_levers(case: Situation) -> Iterator[Lever]:
    """What could help where neither memory nor arithmetic is busy."""
    rules = (_no_guesses, _float_weights, _cache_on_device, _shorter_static, _compile, _graphs)
    yield from _apply(case, *rules)
    if (case.part.mbu or 0.0) >= NOTICEABLE:
        yield from _apply(case, _sixteen_bits)
    yield from _apply(case, _batch)


def bandwidth_levers(case: Situation) -> Iterator[Lever]:
    """What could help where memory is busy: read less, or read once for more rows."""
    yield from _apply(case, _no_guesses, _shorter_static, _shorter_text, _sixteen_bits, _four_bits)
    yield from _apply(case, _batch_to_ridge)


def compute_levers(case: Situation) -> Iterator[Lever]:
    """What could help where arithmetic is busy: do less of it, or in a faster type."""
    yield from _apply(case, _no_guesses, _faster_type, _fewer_tokens)


def _apply(case: Situation, *rules: Rule) -> Iterator[Lever]:
    return (found for rule in rules if (found := rule(case)) and case.engine_has(found))


def _no_guesses(case: Situation) -> Lever | None:
    """Where a draft's guesses are mostly wrong, its own passes cost more than they save."""
    accepted, workload = acceptance_rate(case.result), case.result.spec.workload
    drafted = workload.decoding is Decoding.SPECULATIVE
    if not drafted or accepted is None or accepted >= FEW_ACCEPTED:
        return None
    right = f"(only {_percent(accepted)} of the draft's guesses were right)"
    return Lever("decoding", Decoding.GREEDY, f"greedy decoding {right}")


def _float_weights(case: Situation) -> Lever | None:
    return Lever("precision", None, "16-bit weights") if case.quantised else None


def _cache_on_device(case: Situation) -> Lever | None:
    offloaded = case.result.spec.workload.kv_cache is KVCache.OFFLOADED
    return Lever("kv_cache", KVCache.DYNAMIC, "a KV cache on the device") if offloaded else None


def _shorter_static(case: Situation) -> Lever | None:
    """A static cache of twice the length that is used, where it is a good part of the bytes."""
    shape = case.roofline.shape
    used = shape.prompt_tokens + (shape.new_tokens + 1) / 2
    held = shape.full_length or 0.0
    if not case.decodes or held < 2 * used or 1 - case.weight_share < WASTED_SHARE:
        return None
    words = f"a shorter static cache (a step reads {held:,.0f} positions, {used:,.0f} in use)"
    return Lever("max_new_tokens", None, words)


def _shorter_text(case: Situation) -> Lever | None:
    """Where keys and values are most of what a step reads."""
    if not case.decodes or 1 - case.weight_share < LARGE_CACHE_SHARE:
        return None
    return Lever("prompt", None, f"a shorter text ({_percent(1 - case.weight_share)} is KV cache)")


def _compile(case: Situation) -> Lever | None:
    """On a GPU only: a CPU's calls cost little beside the work that they start. A whole forward
    pass needs a cache that can be static.
    """
    variant, workload = case.result.spec.variant, case.result.spec.workload
    if case.on_cpu or variant.compile is not Compilation.OFF:
        return None
    flex = variant.attention is Attention.FLEX_ATTENTION
    if case.guesses or flex or workload.kv_cache not in CACHES_TO_COMPILE_WITH:
        return Lever("compile", Compilation.PER_BLOCK, "torch.compile per block")
    return Lever("compile", Compilation.WHOLE, "torch.compile")


def _graphs(case: Situation) -> Lever | None:
    """CUDA graphs, where the compiled kernels are still launched one by one."""
    variant = case.result.spec.variant
    plain = variant.compile_mode is CompileMode.DEFAULT
    inductor = variant.compile_backend is CompileBackend.INDUCTOR
    if case.on_cpu or variant.compile is Compilation.OFF or not (plain and inductor):
        return None
    return Lever("compile_mode", CompileMode.REDUCE_OVERHEAD, "compile mode reduce-overhead")


def _sixteen_bits(case: Situation) -> Lever | None:
    """Half the bytes, where 16-bit arithmetic is fast enough here for that to count."""
    precision, peak = _fastest_float(case)
    is_float32 = case.result.spec.variant.precision is Precision.FP32
    part, roof = case.part, case.part.roof
    least_s = max(part.bytes / 2 / roof.bandwidth_bytes_per_s, part.flops / peak)
    if not is_float32 or precision is Precision.FP32 or least_s > WORTH_WHILE * part.least_s:
        return None
    return Lever("precision", precision, f"{precision} weights")


def _four_bits(case: Situation) -> Lever | None:
    """On a GPU only: 4-bit kernels of a CPU take longer than the bytes that they save."""
    precision = case.result.spec.variant.precision
    has_more = 8 <= PRECISIONS[precision].linear_bits <= 16
    if case.on_cpu or not has_more or case.weight_share < LARGE_CACHE_SHARE:
        return None
    return Lever("precision", Precision.NF4, "4-bit weights")


def _batch(case: Situation) -> Lever | None:
    """More rows share what a step costs beside their own bytes and operations."""
    own_share = max(case.part.mfu or 0.0, (case.part.mbu or 0.0) * (1 - case.weight_share))
    times = min(BATCH_STEP, 2 ** int(math.log2(1 / own_share)))
    return _batch_of(case, min(times * case.roofline.shape.batch, LARGEST_BATCH))


def _batch_to_ridge(case: Situation) -> Lever | None:
    """More rows share one reading of the weights, until arithmetic takes longer than reading."""
    if case.weight_share < LARGE_CACHE_SHARE:
        return None
    ridge, batch = ridge_batch(case), case.roofline.shape.batch
    most = min(BATCH_STEP * batch, LARGEST_BATCH)
    return _batch_of(case, most if ridge >= most else 2 ** int(math.log2(ridge)))


def ridge_batch(case: Situation) -> float:
    """The batch at which a pass's operations take as long as its bytes; infinite where never."""
    part, batch = case.part, case.roofline.shape.batch
    weights_s = case.weight_share * part.bytes / part.roof.bandwidth_bytes_per_s
    cache_s = (part.bytes / part.roof.bandwidth_bytes_per_s - weights_s) / batch
    row_s = part.flops / part.roof.peak_flops_per_s / batch
    return max(1.0, weights_s / (row_s - cache_s)) if row_s > cache_s else math.inf


def _batch_of(case: Situation, batch: int) -> Lever | None:
    """So large a batch, where more than one row can be decoded: guesses are checked for one."""
    guesses = case.result.spec.workload.decoding is not Decoding.GREEDY
    if guesses or batch < 2 * case.roofline.shape.batch:
        return None
    return Lever("batch_size", str(batch), f"a batch of {batch:,}")


def _faster_type(case: Situation) -> Lever | None:
    """The float type that this device was measured to multiply in clearly faster."""
    precision, peak = _fastest_float(case)
    gain = peak / case.part.roof.peak_flops_per_s
    if gain * WORTH_WHILE < 1:
        return None
    return Lever("precision", precision, f"{precision} ({gain:.1f} times the measured peak)")


def _fewer_tokens(case: Situation) -> Lever | None:
    if case.decodes:
        return Lever("model", None, "a smaller model")
    return Lever("prompt", None, "a shorter prompt")


def _fastest_float(case: Situation) -> tuple[Precision, float]:
    """The float precision with the highest measured peak, and that peak."""
    peaks = case.roofline.ceilings.peak_flops_per_s
    fastest = max((dtype for dtype in FLOATS if dtype in peaks), key=lambda dtype: peaks[dtype])
    return FLOATS[fastest], peaks[fastest]


def _percent(share: float) -> str:
    return show(share, "share")
