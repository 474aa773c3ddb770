"""Claim 9: setting max_new_tokens near the expected length saves computation."""

from collections.abc import Iterator

from core.analysis.claims.claim import Arm, Claim, Measured, Setting, Step, no_verdict
from core.analysis.claims.early_stop import ANSWER_TOKENS, ENDS_EARLY
from core.analysis.claims.ratios import ratio_of
from core.analysis.claims.verdict import (
    GAIN,
    Measure,
    Part,
    Verdict,
    VerdictKind,
    combined,
    exactly,
    gain_part,
)
from core.results.format import show
from core.results.observed import TIME_LIMIT
from core.results.types import RunResult

NEAR, BETWEEN, FAR = 16, 64, 256
SHORT, LONG = 8, 32
LENGTH = "length"
COUNT_RULE = (
    f"Holds where the far cap costs at least {GAIN} times as much as the near one, fails where it "
    "costs no more."
)


def early(cap: int) -> str:
    """The arm that ends early under that cap."""
    return f"ends early, cap {cap}"


def static(cap: int) -> str:
    """The same with a static cache."""
    return f"ends early, static cache, cap {cap}"


def fixed(cap: int) -> str:
    """The arm that never ends before its cap."""
    return f"no early end, cap {cap}"


def trial(setting: Setting) -> tuple[Step, ...]:
    """An answer that ends early under a near and a far cap, the same with a cache that is allocated
    in advance, and a generation that only its cap ends: each two in turns.
    """

    def ends(cap: int, label: str, **levers: str) -> Arm:
        spec = setting.spec(prompt=ENDS_EARLY, stop="natural", max_new_tokens=cap, **levers)
        return Arm(label, spec, ANSWER_TOKENS)

    capped = tuple(Arm(fixed(cap), setting.spec(max_new_tokens=cap)) for cap in (LONG, SHORT))
    return (
        Step((ends(FAR, early(FAR)), ends(NEAR, early(NEAR)))),
        Step((ends(BETWEEN, early(BETWEEN)),)),
        Step(capped),
        Step(
            (
                ends(FAR, static(FAR), kv_cache="static"),
                ends(NEAR, static(NEAR), kv_cache="static"),
            )
        ),
    )


def judge(measured: Measured) -> Verdict:
    """By passes, times and the cache's bytes under a far cap over those under a near one."""
    parts = (*_early_parts(measured), *_fixed_parts(measured), *_static_parts(measured))
    if not parts:
        return no_verdict("No two caps were measured beside each other.", PHYSICS)
    return Verdict(
        kind=combined(parts),
        sentence=_sentence(measured),
        parts=parts,
        reason=_reason(measured),
    )


def _early_parts(measured: Measured) -> Iterator[Part]:
    arms = measured.both(early(FAR), early(NEAR))
    if arms is None:
        return
    tested, passes = ended_early(*arms), passes_ratio(*arms)
    yield Part(
        what=f"Answer that ends early: passes under a cap of {FAR} over those under {NEAR}",
        claimed="above 1 ×",
        measured=passes,
        kind=counted(passes) if tested else VerdictKind.UNDECIDED,
        rule=COUNT_RULE,
    )
    yield _time_part(
        f"Answer that ends early: time under a cap of {FAR} over that under {NEAR}", arms, tested
    )
    between = measured.get(early(BETWEEN))
    if between and between.passes:
        count = exactly(between.passes.count, "count")
        yield Part(
            what=f"Answer that ends early: passes under a cap of {BETWEEN}",
            measured=count,
        )


def _fixed_parts(measured: Measured) -> Iterator[Part]:
    arms = measured.both(fixed(LONG), fixed(SHORT))
    if arms is None:
        return
    yield _time_part(
        f"Output that only the cap ends: time of {LONG} tokens over that of {SHORT}", arms
    )


def _static_parts(measured: Measured) -> Iterator[Part]:
    arms = measured.both(static(FAR), static(NEAR))
    if arms is None:
        return
    tested, kept = ended_early(*arms), _ratio(*(arm.memory.kv_cache_bytes for arm in arms))
    yield Part(
        what=f"Static cache: bytes under a cap of {FAR} over those under {NEAR}",
        claimed="above 1 ×",
        measured=kept,
        kind=counted(kept),
        rule=COUNT_RULE,
    )
    yield _time_part(
        f"Static cache: time under a cap of {FAR} over that under {NEAR}", arms, tested
    )


def _time_part(what: str, arms: tuple[RunResult, RunResult], tested: bool = True) -> Part:
    """Whether the first arm takes longer; undecided where the cap was not put to the test."""
    untested = {} if tested else {"kind": VerdictKind.UNDECIDED}
    return gain_part(what, "above 1 ×", ratio_of(*arms), "the time", **untested)


def ended_early(*arms: RunResult) -> bool:
    """Whether all of them ended by themselves: only then is a cap put to the test."""
    ends = {end for arm in arms for end in arm.effective.stopped_by}
    return bool(ends) and not ends & {LENGTH, TIME_LIMIT}


def passes_ratio(far: RunResult, near: RunResult) -> Measure | None:
    """Passes of one over those of the other."""
    if far.passes is None or near.passes is None:
        return None
    return _ratio(far.passes.count, near.passes.count)


def counted(measure: Measure | None) -> VerdictKind:
    """The verdict on a ratio that has no interval since it was counted."""
    if measure is None:
        return VerdictKind.UNDECIDED
    if measure.value >= GAIN:
        return VerdictKind.HOLDS
    return VerdictKind.IN_PART if measure.value > 1 else VerdictKind.FAILS


def _ratio(above: int | None, below: int | None) -> Measure | None:
    return exactly(above / below, "×") if above is not None and below else None


def _sentence(measured: Measured) -> str:
    said = []
    if arms := measured.both(early(FAR), early(NEAR)):
        passes = [show(arm.passes.count if arm.passes else None, "count") for arm in arms]
        said.append(
            f"An answer that ends early took {passes[0]} passes under a cap of {FAR} and "
            f"{passes[1]} under {NEAR}, and {ratio_of(*arms)} the time."
        )
    if arms := measured.both(fixed(LONG), fixed(SHORT)):
        said.append(
            f"Where only the cap ends it, {LONG} tokens took {ratio_of(*arms)} as long as {SHORT}."
        )
    if arms := measured.both(static(FAR), static(NEAR)):
        kept = [show(arm.memory.kv_cache_bytes, "bytes") for arm in arms]
        said.append(f"A static cache took {kept[0]} instead of {kept[1]}.")
    return " ".join(said)


def _reason(measured: Measured) -> str:
    arm = measured.get(early(FAR))
    tokens = f" Here the answer has {arm.output.new_tokens[0]} tokens." if arm else ""
    return f"{PHYSICS}{tokens}"


PHYSICS = (
    "A cap is a limit, not an order: an answer that ends by itself never reaches it, and a cache "
    "that grows holds only what was generated. The cap decides where nothing else ends the output, "
    "and it decides what a static cache allocates and every step reads."
)
CLAIM = Claim(
    number=9,
    title="max_new_tokens",
    quote="Setting `max_new_tokens` near the expected length saves computation.",
    measured="The bundled model's answer that ends early under caps of 16, 64 and 256, with a "
    "growing and a static cache, and an output that only its cap ends: passes, time, memory.",
    physics=PHYSICS,
    trial=trial,
    judge=judge,
)
