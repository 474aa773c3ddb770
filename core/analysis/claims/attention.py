"""Claim 4: efficient attention reduces memory traffic; sdpa against eager, over prompt lengths."""

import re
from collections.abc import Iterator

from core.analysis.claims.attention_pictures import pictures
from core.analysis.claims.claim import Arm, Claim, Measured, Setting, Step, no_verdict
from core.analysis.claims.ratios import ratio_of
from core.analysis.claims.verdict import (
    Measure,
    Part,
    Verdict,
    VerdictKind,
    combined,
    exactly,
    gain_part,
    is_lower,
    on_a_gpu,
)
from core.analysis.physics import kv_bytes_per_token, score_matrix_bytes
from core.results.format import show, significant
from core.results.latency import tpot_samples_s, ttft_samples_s
from core.results.observed import ModelFacts
from core.results.types import RunResult
from core.variants.environment import CPU

EAGER, SDPA = "eager", "sdpa"
LENGTHS = {
    "cpu": ((64, 256, 1024, 2048), (64, 256, 1024), (64, 768), (64, 512), (64, 256)),
    "cuda": (
        (128, 1024, 4096, 7168),
        (128, 1024, 4096),
        (128, 1024, 2048),
        (128, 1024),
        (128, 512),
    ),
}
NEW_TOKENS = 9
HALF_MATRIX = 0.5
MEMORY_RULE = (
    "Holds where eager attention holds at least half a score matrix (heads · length² · 4 bytes) "
    "more at once than sdpa, fails where it does not."
)
PUBLISHED = (
    "A100, batch 1, 65k tokens: eager 1336 µs, FlashAttention-2 2301 µs, Flash-Decoding 64 µs; for "
    "small prompts all are alike (Flash-Decoding)"
)


def arm_label(attention: str, length: int) -> str:
    """The arm of that backend behind a prompt of so many tokens."""
    return f"{attention}, {length} tokens"


def trial(setting: Setting) -> tuple[Step, ...]:
    """Both backends in turns at each length of prompt: the first token is the prefill, the others
    are decode steps over that context.
    """
    precision = "bf16" if setting.on_gpu else "fp32"
    levers = {"precision": precision, "max_new_tokens": NEW_TOKENS, "warmup": 1}
    return tuple(
        Step(
            tuple(
                Arm(
                    arm_label(attention, length),
                    setting.spec(attention=attention, prompt_tokens=length, **levers),
                )
                for attention in (EAGER, SDPA)
            )
        )
        for length in LENGTHS[setting.device.kind][setting.size]
    )


def lengths_of(measured: Measured) -> list[int]:
    """The lengths at which both backends were measured, shortest first."""
    found = {int(match[1]) for label in measured.results if (match := re.search(r"(\d+)", label))}
    return sorted(n for n in found if measured.both(arm_label(EAGER, n), arm_label(SDPA, n)))


def judge(measured: Measured) -> Verdict:
    """At the longest prompt: the memory of a prefill, its time, and the time of a decode step."""
    lengths = lengths_of(measured)
    if not lengths:
        return no_verdict("Neither length was measured with both backends.", PHYSICS)
    longest = lengths[-1]
    eager, sdpa = _arms(measured, longest)
    parts = tuple(_parts(eager, sdpa, longest))
    return Verdict(
        kind=combined(parts),
        sentence=_sentence(eager, sdpa, longest),
        parts=parts,
        reason=_reason(eager.model, longest),
        untested=tuple(_untested()),
        pictures=tuple(pictures(_by_length(measured, lengths))),
    )


def _arms(measured: Measured, length: int) -> tuple[RunResult, RunResult]:
    arms = measured.both(arm_label(EAGER, length), arm_label(SDPA, length))
    assert arms is not None
    return arms


def _by_length(measured: Measured, lengths: list[int]) -> dict[str, dict[int, RunResult]]:
    return {
        attention: {n: measured.results[arm_label(attention, n)] for n in lengths}
        for attention in (EAGER, SDPA)
    }


def _parts(eager: RunResult, sdpa: RunResult, length: int) -> Iterator[Part]:
    yield _memory_part(eager, sdpa, length)
    prefill, decode = (ratio_of(eager, sdpa, read) for read in (ttft_samples_s, tpot_samples_s))
    claimed, value = "faster: above 1 ×", 1.0
    what = f"Prefill of {length:,} tokens: speed of sdpa against eager"
    yield gain_part(what, claimed, prefill, "the speed", claimed_value=value)
    yield gain_part(
        f"Decode behind {length:,} tokens: speed of sdpa against eager",
        claimed,
        decode,
        "the speed",
        claimed_value=value,
        published="" if eager.spec.variant.device == CPU else PUBLISHED,
    )
    if eager.spec.variant.device == CPU:
        what = "Kernels that keep scores on the chip, contexts of many thousand tokens"
        yield on_a_gpu(what, "less traffic", PUBLISHED)


def _memory_part(eager: RunResult, sdpa: RunResult, length: int) -> Part:
    more = matrices_saved(eager, sdpa, length)
    kind = VerdictKind.UNDECIDED
    if more is not None:
        kind = VerdictKind.HOLDS if more >= HALF_MATRIX else VerdictKind.FAILS
    return Part(
        what=f"Prefill of {length:,} tokens: score matrices that eager holds more than sdpa",
        claimed="1 or more",
        claimed_value=1.0,
        measured=None if more is None else exactly(more, ""),
        kind=kind,
        rule=MEMORY_RULE,
    )


def matrices_saved(eager: RunResult, sdpa: RunResult, length: int) -> float | None:
    """By how many score matrices of one layer the two backends' held bytes differ."""
    held, less = eager.memory.activation_bytes, sdpa.memory.activation_bytes
    if held is None or less is None or eager.model is None:
        return None
    return (held - less) / score_matrix_bytes(eager.model, length)


def _sentence(eager: RunResult, sdpa: RunResult, length: int) -> str:
    saved = matrices_saved(eager, sdpa, length)
    memory = "what it holds was not measured"
    if saved is not None and eager.model is not None:
        held = show(eager.memory.activation_bytes, "bytes")
        memory = f"it holds {show(sdpa.memory.activation_bytes, 'bytes')} instead of {held}"
    prefill = _speed(ratio_of(eager, sdpa, ttft_samples_s))
    decode = _speed(ratio_of(eager, sdpa, tpot_samples_s))
    return (
        f"Over {length:,} tokens of prompt sdpa is {prefill} in the prefill, where {memory}; a "
        f"decode step behind them is {decode}."
    )


def _speed(ratio: Measure | None) -> str:
    if ratio is None or ratio.low is None or ratio.high is None:
        return "of unknown speed"
    if is_lower(ratio):
        return f"slower ({ratio} the speed)"
    return f"{ratio} as fast" if ratio.low > 1 else f"not surely faster ({ratio})"


def _reason(model: ModelFacts | None, length: int) -> str:
    if model is None:
        return PHYSICS
    matrix = score_matrix_bytes(model, length)
    row, kept = model.heads * length * 4, kv_bytes_per_token(model) * length
    return (
        f"{PHYSICS} At {length:,} tokens a layer's scores take {show(matrix, 'bytes')} in fp32, "
        f"over all {model.layers} layers {show(matrix * model.layers, 'bytes')} are written once "
        "and read at least once; the weights are "
        f"{show(model.matmul_bytes, 'bytes')}. A decode step has one row of scores, "
        f"{show(row * model.layers, 'bytes')} in all layers, beside "
        f"{show(kept, 'bytes')} of keys and values that any backend must read: "
        f"{significant(kept / (row * model.layers), 2)} times as much."
    )


def _untested() -> Iterator[str]:
    yield (
        "Traffic itself needs hardware counters: what is measured here is the memory held at once, "
        "and the time."
    )


PHYSICS = (
    "Eager attention writes each layer's score matrix (a score for each pair of tokens) to memory "
    "and reads it back; efficient attention computes it in tiles that stay close to the processor."
)
CLAIM = Claim(
    number=4,
    title="Efficient attention",
    quote="Efficient attention reduces memory traffic.",
    measured="sdpa and eager attention in turns over prompts of several lengths, prefill and "
    "decode apart, and the memory that a prefill holds.",
    physics=PHYSICS,
    trial=trial,
    judge=judge,
    sizes=len(LENGTHS["cpu"]),
)
