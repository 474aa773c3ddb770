"""Claim 1: a smaller model cuts inference time by orders of magnitude; gpt2 against gpt2-large."""

from core.analysis.claims.claim import Arm, Claim, Measured, Setting, Step, no_verdict
from core.analysis.claims.ratios import ratio_of
from core.analysis.claims.verdict import (
    Measure,
    Part,
    Verdict,
    VerdictKind,
    combined,
    exactly,
    times,
)
from core.analysis.roofline import roofline_of
from core.results.format import show
from core.results.latency import tpot_samples_s, ttft_samples_s
from core.results.types import RunResult

LARGE, SMALL = "gpt2-large", "gpt2"
ONE_ORDER, TWO_ORDERS = 10.0, 100.0
PROMPT_TOKENS = 32
NEW_TOKENS = {"cpu": 8, "cuda": 64}
RULE = (
    f"Orders of magnitude are at least two: {TWO_ORDERS:.0f} times. Holds where the whole interval "
    f"is at least that, in part where it is at least {ONE_ORDER:.0f} times, fails where all of it "
    "is less."
)


def trial(setting: Setting) -> tuple[Step, ...]:
    """Both models in turns, with random weights: time and memory depend on the shape alone."""
    arms = [
        Arm(
            model,
            setting.spec(
                model=model,
                weights="random",
                prompt_tokens=PROMPT_TOKENS,
                max_new_tokens=NEW_TOKENS[setting.device.kind],
            ),
        )
        for model in (LARGE, SMALL)
    ]
    return (Step(tuple(arms)),)


def judge(measured: Measured) -> Verdict:
    """By the ratio of the times of whole generations."""
    arms = measured.both(LARGE, SMALL)
    if arms is None:
        return no_verdict("Both models are needed, and one was not measured.", PHYSICS)
    large, small = arms
    ratio = ratio_of(large, small)
    parts = (
        Part(
            what="Time of one generation, gpt2-large over gpt2",
            claimed=f"{ONE_ORDER:.0f} × for one order, {TWO_ORDERS:.0f} × for two",
            claimed_value=ONE_ORDER,
            measured=ratio,
            kind=kind_of(ratio),
            rule=RULE,
        ),
        *_explaining(large, small),
    )
    kind = combined(parts)
    return Verdict(
        kind=kind, sentence=_sentence(kind, ratio), parts=parts, reason=_reason(large, small)
    )


def kind_of(ratio: Measure | None) -> VerdictKind:
    """The verdict on the ratio of times."""
    if ratio is None or ratio.low is None or ratio.high is None:
        return VerdictKind.UNDECIDED
    if ratio.low >= TWO_ORDERS:
        return VerdictKind.HOLDS
    if ratio.low >= ONE_ORDER:
        return VerdictKind.IN_PART
    return VerdictKind.FAILS if ratio.high < ONE_ORDER else VerdictKind.UNDECIDED


def _explaining(large: RunResult, small: RunResult) -> tuple[Part, ...]:
    """Where the time goes, and what memory does."""
    stored, less = large.memory.weights_bytes, small.memory.weights_bytes
    return (
        Part(
            what="Time to read the prompt (TTFT), gpt2-large over gpt2",
            measured=ratio_of(large, small, ttft_samples_s),
        ),
        Part(
            what="Time per token (TPOT), gpt2-large over gpt2",
            measured=ratio_of(large, small, tpot_samples_s),
        ),
        Part(
            what="Weights in memory, gpt2-large over gpt2",
            measured=exactly(stored / less, "×") if stored and less else None,
        ),
    )


def _sentence(kind: VerdictKind, ratio: Measure | None) -> str:
    if ratio is None:
        return "The two models' times were not measured."
    faster = f"gpt2 is {ratio} as fast as gpt2-large"
    return {
        VerdictKind.HOLDS: f"{faster}: two orders of magnitude or more.",
        VerdictKind.IN_PART: f"{faster}: one order of magnitude, not several.",
        VerdictKind.FAILS: f"{faster}: faster, but by less than one order of magnitude.",
    }.get(kind, f"{faster}, which does not tell whether it is an order of magnitude.")


def _reason(large: RunResult, small: RunResult) -> str:
    if large.model is None or small.model is None:
        return PHYSICS
    read = large.model.matmul_bytes, small.model.matmul_bytes
    words = (
        f"A step of gpt2-large reads {show(read[0], 'bytes')} of weights, one of gpt2 "
        f"{show(read[1], 'bytes')}: {times(read[0] / read[1])}. Bytes and operations both grow "
        "with the parameters, so the time can hardly grow by more than their ratio."
    )
    roofs = roofline_of(large), roofline_of(small)
    if roofs[0] and roofs[1]:
        light = roofs[0].speed_of_light_s, roofs[1].speed_of_light_s
        words += (
            f" The least that this device allows is {show(light[0], 's')} against "
            f"{show(light[1], 's')}: {times(light[0] / light[1])}."
        )
    return words


PHYSICS = (
    "A decode step reads every weight once and multiplies by it once, so time grows with the "
    "number of parameters: 774 M against 124 M, which is 6.2 times."
)
CLAIM = Claim(
    number=1,
    title="A smaller model",
    quote="A smaller model (gpt2 for gpt2-large) cuts inference time “by orders of magnitude”.",
    measured="Whole generations of both models in turns, with random weights in their shapes, "
    "which have the true time and memory. Quality is not compared: random weights have none.",
    physics=PHYSICS,
    trial=trial,
    judge=judge,
)
