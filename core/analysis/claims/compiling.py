"""Claim 3: torch.compile gives 1.5 to 3 times."""

from collections.abc import Iterator

from core.analysis.claims.claim import Arm, Claim, Measured, Setting, Step, no_verdict
from core.analysis.claims.ratios import ratio_of
from core.analysis.claims.verdict import (
    Measure,
    Part,
    Verdict,
    VerdictKind,
    combined,
    exactly,
    is_lower,
    on_a_gpu,
)
from core.analysis.cost import break_even_tokens
from core.analysis.economics import cached_graphs
from core.analysis.roofline import roofline_of
from core.results.format import show, significant
from core.results.latency import latency_of
from core.results.types import RunResult
from core.variants.environment import CPU

LEAST, MOST = 1.5, 3.0
NEW_TOKENS = {"cpu": 16, "cuda": 128}
PER_BLOCK, WHOLE = "per block", "whole forward pass"
WAYS = (PER_BLOCK, WHOLE)
RULE = (
    f"Holds where the whole interval is at least {LEAST} times, in part where it is surely faster "
    f"but by less, fails where it is not surely faster and all of the interval is below {LEAST}."
)
PUBLISHED = (
    "Llama-2-7B, A100, batch 1: 25.5 to 107 tokens/s, 4.2 × (gpt-fast, static cache); A100: 27.1 "
    "to 6.5 s, 4.2 × (transformers pull request 34923)"
)


def uncompiled(way: str) -> str:
    """The arm that differs from a compiled one in compiling alone."""
    return f"uncompiled, beside {way}"


def trial(setting: Setting) -> tuple[Step, ...]:
    """Each way of compiling in turns with the same uncompiled; a whole pass needs a static cache,
    so its partner has one too.
    """
    mode = "reduce-overhead" if setting.on_gpu else "default"
    tokens = NEW_TOKENS[setting.device.kind]
    per_block, whole = (
        {"compile": "per_block"},
        {"compile": "whole", "kv_cache": "static", "compile_mode": mode},
    )
    steps = []
    for way, levers in ((PER_BLOCK, per_block), (WHOLE, whole)):
        cache = {"kv_cache": levers.get("kv_cache", "dynamic")}
        arms = (
            Arm(uncompiled(way), setting.spec(max_new_tokens=tokens, **cache)),
            Arm(way, setting.spec(max_new_tokens=tokens, **levers)),
        )
        steps.append(Step(arms, optional=way == WHOLE and not setting.on_gpu))
    return tuple(steps)


def judge(measured: Measured) -> Verdict:
    """By the ratio of times of whole warm generations, for each way of compiling."""
    parts = tuple(part for way in WAYS for part in _of_way(measured, way))
    if not parts:
        return no_verdict("Nothing compiled was measured beside the same uncompiled.", PHYSICS)
    parts += tuple(_on_a_gpu(measured))
    return Verdict(
        kind=combined(parts),
        sentence=_sentence(measured),
        parts=parts,
        reason=_reason(measured),
    )


def kind_of(ratio: Measure | None) -> VerdictKind:
    """The verdict on a speed-up."""
    if ratio is None or ratio.low is None or ratio.high is None:
        return VerdictKind.UNDECIDED
    if ratio.low >= LEAST:
        return VerdictKind.HOLDS
    if ratio.high >= LEAST:
        return VerdictKind.UNDECIDED
    return VerdictKind.IN_PART if ratio.low > 1 else VerdictKind.FAILS


def _of_way(measured: Measured, way: str) -> Iterator[Part]:
    arms = measured.both(uncompiled(way), way)
    if arms is None:
        return
    usual, compiled = arms
    speedup = ratio_of(usual, compiled)
    yield Part(
        what=f"Speed-up, {way}",
        claimed=f"{LEAST} to {MOST:.0f} ×",
        claimed_value=LEAST,
        measured=speedup,
        kind=kind_of(speedup),
        rule=RULE,
        published=PUBLISHED if way == WHOLE and compiled.spec.variant.device != CPU else "",
    )
    compile_s = compiled.times.compile_s
    if compile_s is not None:
        seconds = exactly(compile_s, "s")
        yield Part(what=f"Compiling, {way}, once for each shape", measured=seconds)
    tokens = break_even(usual, compiled, speedup)
    if tokens is not None:
        count = exactly(tokens, "count")
        yield Part(what=f"Tokens until compiling has paid, {way}", measured=count)


def break_even(usual: RunResult, compiled: RunResult, speedup: Measure | None) -> float | None:
    """Tokens after which compiling has paid; None where it is not surely faster."""
    slow, fast = latency_of(usual).tpot_s, latency_of(compiled).tpot_s
    compile_s = compiled.times.compile_s
    faster = speedup is not None and speedup.low is not None and speedup.low > 1
    if not faster or compile_s is None or slow is None or fast is None:
        return None
    return break_even_tokens(compile_s, slow, fast)


def _sentence(measured: Measured) -> str:
    said = []
    for way in WAYS:
        arms = measured.both(uncompiled(way), way)
        if arms:
            said.append(f"Compiled ({way}) it is {_speed(ratio_of(*arms))}{_price(*arms)}.")
    return " ".join(said)


def _speed(ratio: Measure | None) -> str:
    if ratio is None or ratio.low is None:
        return "of unknown speed"
    if is_lower(ratio):
        return f"slower: {ratio} the speed"
    if ratio.low <= 1:
        return f"no faster that can be told: {ratio}"
    return f"{ratio} as fast"


def _price(usual: RunResult, compiled: RunResult) -> str:
    """What compiling costs, and whether it pays as far as that can be told."""
    compile_s, speedup = compiled.times.compile_s, ratio_of(usual, compiled)
    if compile_s is None:
        return ""
    tokens = break_even(usual, compiled, speedup)
    paid = f"have paid after {significant(tokens)} tokens" if tokens else "may never pay"
    if is_lower(speedup):
        paid = "never pay"
    return f", and {show(compile_s, 's')} of compiling {paid}"


def _reason(measured: Measured) -> str:
    words = [PHYSICS]
    usual = measured.get(uncompiled(PER_BLOCK)) or measured.get(uncompiled(WHOLE))
    roofline = roofline_of(usual) if usual else None
    if roofline and roofline.decode and roofline.decode.mbu and roofline.times_slower:
        words.append(
            f"Uncompiled, the weights are read at {show(roofline.decode.mbu, 'share')} of this "
            "device's bandwidth; even without any overhead a run could be at most "
            f"{significant(roofline.times_slower)} times as fast."
        )
    for way in WAYS:
        result = measured.get(way)
        cached = cached_graphs(result) if result else None
        if cached:
            words.append(f"{way[0].upper()}{way[1:]}: {cached}")
    return " ".join(words)


def _on_a_gpu(measured: Measured) -> Iterator[Part]:
    """The part of the claim that a processor cannot try."""
    if any(result.spec.variant.device == CPU for result in measured.results.values()):
        what = "Speed-up by CUDA graphs, which save the launches that bound small models"
        yield on_a_gpu(what, f"{LEAST} to {MOST:.0f} ×", PUBLISHED)


PHYSICS = (
    "Compiling fuses small operations and saves Python's and the launches' overhead. It reads the "
    "same weights, so it cannot speed up what waits for memory."
)
CLAIM = Claim(
    number=3,
    title="torch.compile",
    quote="`torch.compile` gives 1.5 to 3 times.",
    measured="Warm generations, compiled and not, in turns; the seconds of compiling, and after "
    "how many tokens they have paid.",
    physics=PHYSICS,
    trial=trial,
    judge=judge,
)
