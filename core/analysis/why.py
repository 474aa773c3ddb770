"""The why line: one sentence on what bounds a run, which lever could help, and which cannot."""

from collections.abc import Iterable
from dataclasses import replace

from core.analysis.levers import (
    NOTICEABLE,
    Lever,
    Situation,
    bandwidth_levers,
    compute_levers,
    overhead_levers,
)
from core.analysis.physics import Bound, Part, decode_part
from core.analysis.roofline import Roofline
from core.analysis.served import served_line
from core.results.format import show, significant
from core.results.types import RunResult
from core.variants.compilation import Compilation
from core.variants.engine import Engine
from core.variants.engine_support import has_choice
from core.variants.precision import PRECISIONS, Precision
from core.variants.spec import usual_cache

LEVERS_OF = {
    Bound.BANDWIDTH: bandwidth_levers,
    Bound.COMPUTE: compute_levers,
    Bound.OVERHEAD: overhead_levers,
}
MOST_LEVERS = 3
ANY_ENGINES = ("model", "prompt", "max_new_tokens")
ROUNDED_ACTIVATIONS = (
    Precision.INT8, Precision.INT8_THRESHOLD_0, Precision.OPENVINO_INT8, Precision.OPENVINO_INT4,
)  # fmt: skip
CACHEABLE_BYTES = {True: 2**28, False: 2**26}  # of a CPU, of a GPU


def why_line(result: RunResult, roofline: Roofline | None) -> str:
    """What bounds the run, with its number; or what is missing to tell it."""
    if result.endpoint is not None:
        return served_line(result, result.endpoint)
    if roofline is None:
        return f"What bounds this run cannot be told: {_missing(result)}."
    case = Situation(result, roofline)
    bound = roofline.bound
    if bound is None:
        return "What bounds this run cannot be told: no token was timed by itself."
    if bound is Bound.BEYOND:
        return _beyond(case)
    if roofline.decode and not roofline.shape.cached:
        return _without_cache(case, bound)
    return f"{_label(case, bound)}: {_evidence(case, bound)}, {_cannot(case, bound)}{_try(case)}."


def levers(result: RunResult, roofline: Roofline | None) -> tuple[Lever, ...]:
    """The levers that the sentence names as worth trying, the first one first."""
    if roofline is None or roofline.bound is None or roofline.bound is Bound.BEYOND:
        return ()
    if roofline.decode and not roofline.shape.cached:
        return (Lever("kv_cache", usual_cache(result.spec.variant.compile), "turn the cache on"),)
    found = LEVERS_OF[roofline.bound](Situation(result, roofline))
    engine = result.spec.variant.engine
    return tuple(lever for lever in found if _is_of(engine, lever))[:MOST_LEVERS]


def _is_of(engine: Engine, lever: Lever) -> bool:
    """Whether an engine has that lever. What is named without a value of its own, such as 16-bit
    weights, is meant as transformers has it; another text or model are anybody's.
    """
    if engine is Engine.TRANSFORMERS or lever.field in ANY_ENGINES:
        return True
    return lever.value is not None and has_choice(engine, lever.field, lever.value)


def _missing(result: RunResult) -> str:
    if result.environment.ceilings is None:
        return "the bandwidth and peak of its device were not measured"
    if result.model is None:
        return "the sizes of its model were not recorded"
    return f"no peak was measured for {result.model.compute_dtype}"


def _label(case: Situation, bound: Bound) -> str:
    said = _sure(case, bound)
    return said if case.decodes else f"{said} in the prefill"


def _sure(case: Situation, bound: Bound) -> str:
    """The label; a guess where the ceilings are lower than what the device can do."""
    if case.roofline.ceilings.quiet:
        return bound.capitalize()
    return f"Perhaps {bound} (other programs used this device while its ceilings were measured)"


def _evidence(case: Situation, bound: Bound) -> str:
    mbu, mfu = show(case.part.mbu, "share"), show(case.part.mfu, "share")
    what = "decode" if case.decodes else "it"
    if bound is Bound.BANDWIDTH:
        return f"{what} reads at {mbu} of the measured bandwidth (MBU)"
    if bound is Bound.COMPUTE:
        return f"{what} computes at {mfu} of the measured peak (MFU)"
    evidence = f"{mbu} MBU and {mfu} MFU"
    if case.quantised:
        evidence += f", since {_detour(case.result.spec.variant.precision)} in each step"
    return evidence


def _detour(precision: Precision) -> str:
    """What arithmetic with quantised weights does besides the products."""
    if precision in ROUNDED_ACTIVATIONS:
        return "activations are quantised to 8 bits and products de-quantised"
    if Engine.TRANSFORMERS not in PRECISIONS[precision].engines:
        return "packed weights are unpacked"
    return f"{round(PRECISIONS[precision].linear_bits)}-bit weights are de-quantised"


def _cannot(case: Situation, bound: Bound) -> str:
    """What changes little or nothing, of the levers that are not pulled already."""
    mbu = case.part.mbu or 0.0
    if bound is Bound.COMPUTE:
        return "so storing weights in fewer bits can't help"
    if bound is Bound.OVERHEAD:
        return _cannot_under_overhead(case, mbu)
    if case.weight_share < 0.5:
        share = show(case.weight_share, "share")
        return f"so fewer bits per weight can't help much ({share} of the bytes)"
    kernels = "torch.compile" if _is_eager(case) else "other kernels"
    left = show(1 - mbu, "share")
    return f"so {kernels} can save {left} at most" if mbu < 0.95 else f"so {kernels} can't help"


def _cannot_under_overhead(case: Situation, mbu: float) -> str:
    if mbu >= NOTICEABLE:
        return "so reading fewer bytes can save only a part of the time"
    if case.quantised:
        return "so still fewer bits can't help"
    return "so 4-bit weights can't help"


def _is_eager(case: Situation) -> bool:
    """Whether torch.compile could still change something."""
    variant = case.result.spec.variant
    return variant.engine is Engine.TRANSFORMERS and variant.compile is Compilation.OFF


def _try(case: Situation) -> str:
    found = levers(case.result, case.roofline)
    return f"; try {_either(lever.words for lever in found)}" if found else ""


def _either(words: Iterable[str]) -> str:
    """`a`, `a or b`, `a, b or c`."""
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


def _without_cache(case: Situation, bound: Bound) -> str:
    """Without a cache the first lever is the cache, whatever bounds the run now."""
    roofline, decode = case.roofline, case.roofline.decode
    cached = decode_part(
        roofline.model, replace(roofline.shape, cached=True), roofline.prefill.roof, None
    )
    assert decode is not None
    assert cached is not None
    times = significant(decode.flops / cached.flops, 2)
    return (
        f"{_sure(case, bound)} without a KV cache ({_numbers(case.part)}): each token computes "
        f"the whole text again, {times} times a cached step's work, so turn the cache on first."
    )


def _numbers(part: Part) -> str:
    return f"{show(part.mbu, 'share')} MBU and {show(part.mfu, 'share')} MFU"


def _beyond(case: Situation) -> str:
    """Above what was measured to be possible: the figure is no utilisation, and says why."""
    part = case.part
    said = f"No ceiling holds here ({_numbers(part)}): "
    if not case.roofline.ceilings.quiet:
        return (
            f"{said}bandwidth and peak were measured while other programs used this device; "
            "a run while it is quiet measures them again."
        )
    cacheable = part.bytes / part.passes < CACHEABLE_BYTES[case.on_cpu]
    if (part.mbu or 0.0) >= (part.mfu or 0.0) and cacheable:
        size = show(part.bytes / part.passes, "bytes")
        return (
            f"{said}the {size} of a step seem to stay in the processor's cache, so memory does "
            "not bound it, and fewer bits may not help."
        )
    return f"{said}this device can do more than was measured, so neither number can be relied on."
