"""Claim 6: without the KV cache generation becomes "exponentially" slower; the growth is fitted."""

from collections.abc import Iterator

import numpy as np

from core.analysis.claims.claim import Arm, Claim, Measured, Setting, Step, no_verdict
from core.analysis.claims.growth import Floats, Growth, growth_of
from core.analysis.claims.ratios import ratio_of
from core.analysis.claims.verdict import (
    Curve,
    Measure,
    Part,
    Picture,
    Verdict,
    VerdictKind,
    exactly,
    gain,
    gain_rule,
)
from core.results.format import show, significant
from core.results.types import RunResult
from core.variants.environment import CPU

OFF, ON = "without cache", "with cache"
SHORT_OFF, SHORT_ON = "without cache, in turns", "with cache, in turns"
MODEL = {"cpu": "distilgpt2", "cuda": "gpt2"}
NEW_TOKENS = {"cpu": (256, 192, 128, 96, 64, 48), "cuda": (960, 960, 960, 480, 240, 120)}
SHORT_TOKENS = {"cpu": 32, "cuda": 256}
STAMPED = 5
PROMPT_TOKENS = 8
FURTHER = 2
RULE = (
    "Holds where an exponential foretells the longest third better than a polynomial that was "
    "fitted to the same shorter two thirds (the other's error is a quarter larger, or more) and "
    "fits all lengths better (Akaike's criterion); fails where the polynomial does both."
)
PUBLISHED = "gpt2, T4, 1000 tokens: 56.2 s without, 11.9 s with: 4.7 ×"


def trial(setting: Setting) -> tuple[Step, ...]:
    """A long generation without and one with the cache, for their growth: when its n-th token was
    there is how long n tokens take, so one generation gives every length. And a short one of each
    in turns, for the ratio of their times.
    """
    kind = setting.device.kind
    shape = {"model": MODEL[kind], "weights": "random", "prompt_tokens": PROMPT_TOKENS, "warmup": 1}
    long = {**shape, "max_new_tokens": NEW_TOKENS[kind][setting.size], "repeats": STAMPED}
    short = {**shape, "max_new_tokens": SHORT_TOKENS[kind]}
    pair = (
        Arm(SHORT_OFF, setting.spec(**short, kv_cache="off")),
        Arm(SHORT_ON, setting.spec(**short)),
    )
    return (
        Step((Arm(OFF, setting.spec(**long, kv_cache="off")),)),
        Step((Arm(ON, setting.spec(**long)),)),
        Step(pair),
    )


def judge(measured: Measured) -> Verdict:
    """By the law that the time without a cache follows."""
    off = measured.get(OFF)
    lengths, seconds = total_seconds(off) if off else (np.array([]), np.array([]))
    growth = growth_of(lengths, seconds)
    if off is None or growth is None:
        return no_verdict("A generation without the cache was not measured.", PHYSICS)
    on, short = measured.get(ON), measured.both(SHORT_OFF, SHORT_ON)
    slower = ratio_of(*short) if short else None
    parts = (_growth_part(growth), *_explaining(off, on, slower, lengths, seconds))
    return Verdict(
        kind=kind_of(growth),
        sentence=_sentence(growth, slower),
        parts=parts,
        reason=_reason(lengths, seconds),
        untested=(_further(growth, lengths),),
        pictures=(_picture(growth, lengths, seconds, on), _steps(off, on)),
    )


def total_seconds(result: RunResult) -> tuple[Floats, Floats]:
    """Tokens, and seconds until so many were there: of each step the least over the stamped
    generations, since what disturbs a step only adds to it.
    """
    passes = [times for times in result.samples.token_s if times]
    if not passes:
        return np.array([]), np.array([])
    shortest = min(map(len, passes))
    steps = np.diff(np.array([times[:shortest] for times in passes]), prepend=0.0, axis=1)
    return np.arange(1.0, shortest + 1), np.cumsum(steps.min(axis=0))


def kind_of(growth: Growth) -> VerdictKind:
    """The verdict on a growth: the claim is that it is exponential."""
    if growth.is_polynomial is None:
        return VerdictKind.UNDECIDED
    return VerdictKind.FAILS if growth.is_polynomial else VerdictKind.HOLDS


def _growth_part(growth: Growth) -> Part:
    return Part(
        what="Foretelling the longest third: error of the exponential over the polynomial's",
        claimed="below 1 ×",
        measured=exactly(growth.exponential_error / max(growth.polynomial_error, 1e-12), "×"),
        kind=kind_of(growth),
        rule=RULE,
    )


def _explaining(
    off: RunResult,
    on: RunResult | None,
    slower: Measure | None,
    lengths: Floats,
    seconds: Floats,
) -> Iterator[Part]:
    yield Part(
        what="Doubling the length multiplies the time by",
        claimed=f"{_squared(lengths, seconds)} if it were exponential",
        measured=_doubling(lengths, seconds, 1.0),
    )
    yield Part(
        what=f"Time of {_short_tokens(off)} tokens, without the cache over with it",
        claimed="slower: above 1 ×",
        measured=slower,
        rule=gain_rule("the time"),
    )
    if on is not None:
        yield Part(
            what=f"Time of {lengths[-1]:.0f} tokens, without over with, measured apart",
            measured=ratio_of(off, on),
            published=PUBLISHED,
        )


def _short_tokens(result: RunResult) -> int:
    return SHORT_TOKENS["cpu" if result.spec.variant.device == CPU else "cuda"]


def _doubling(lengths: Floats, seconds: Floats, share: float) -> Measure:
    """Time at that share of the greatest length over the time at half of it."""
    last = int(len(lengths) * share) - 1
    half = (last + 1) // 2 - 1
    return exactly(float(seconds[last] / seconds[half]), "×")


def _squared(lengths: Floats, seconds: Floats) -> str:
    """What one more doubling would multiply by if the growth were a·exp(k·n): the square of what
    the doubling before it did.
    """
    return show(_doubling(lengths, seconds, 0.5).value ** 2, "×")


def _sentence(growth: Growth, slower: Measure | None) -> str:
    errors = f"{_percent(growth.polynomial_error)} against {_percent(growth.exponential_error)}"
    law = {
        True: f"the time grows by a polynomial ({growth.polynomial.formula}), not exponentially: "
        f"it foretells the longest third with an error of {errors} of the exponential",
        False: f"the time grows exponentially: the polynomial foretells with an error of {errors}",
        None: "whether the time grows by a polynomial or exponentially is not told: the two tests "
        f"disagree, or both laws foretell about equally well ({errors})",
    }[growth.is_polynomial]
    slow = f"it is slower, {slower} the time, and " if gain(slower) is VerdictKind.HOLDS else ""
    return f"Without the cache {slow}{law}."


def _reason(lengths: Floats, seconds: Floats) -> str:
    doubled = _doubling(lengths, seconds, 1.0)
    return (
        f"{PHYSICS} Here the last doubling, up to {lengths[-1]:.0f} tokens, multiplied the time "
        f"by {significant(doubled.value)}; a quadratic gives at most 4, a cubic 8, at any "
        "length, while an exponential's factor squares with each doubling."
    )


def _further(growth: Growth, lengths: Floats) -> str:
    """The extrapolation, said to be one."""
    n = float(lengths[-1] * FURTHER)
    foretold = [float(law.at(np.array([n]))[0]) for law in (growth.polynomial, growth.exponential)]
    return (
        f"Longer outputs were not measured. At {n:.0f} tokens, {FURTHER} times the longest, the "
        f"polynomial foretells {show(foretold[0], 's')}, the exponential {show(foretold[1], 's')}."
    )


def _picture(growth: Growth, lengths: Floats, seconds: Floats, on: RunResult | None) -> Picture:
    curves = [Curve(name="measured without cache", x=tuple(lengths), y=tuple(seconds))]
    if on is not None:
        x, y = total_seconds(on)
        curves.append(Curve(name="measured with cache", x=tuple(x), y=tuple(y)))
    for name, law in (("polynomial", growth.polynomial), ("exponential", growth.exponential)):
        y = law.at(lengths)
        curves.append(Curve(name=name, x=tuple(lengths), y=tuple(y), dashed=True))
    return Picture(
        title="Time over the length of the output",
        takeaway="Both laws are fitted left of the mark; right of it they foretell.",
        x_label="tokens generated",
        y_label="seconds until then",
        y_unit="s",
        curves=tuple(curves),
        split=growth.split,
    )


def _steps(off: RunResult, on: RunResult | None) -> Picture:
    """The time of each step, whose sum is the whole."""
    curves = []
    for name, result in ((OFF, off), (ON, on)):
        if result is not None:
            x, y = total_seconds(result)
            curves.append(Curve(name=name, x=tuple(x[1:]), y=tuple(np.diff(y))))
    return Picture(
        title="Time of each token",
        takeaway="Without the cache each token costs the whole text so far: a line that rises "
        "evenly, whose sum is a polynomial.",
        x_label="tokens generated",
        y_label="seconds for this token",
        y_unit="s",
        curves=tuple(curves),
    )


def _percent(share: float) -> str:
    return f"{significant(share * 100, 2)} %"


PHYSICS = (
    "Without the cache step n computes the whole text of n tokens again: the products of all "
    "weights with n tokens (n), and the scores of n tokens with n tokens (n²). The sum over all "
    "steps is n² for the former and n³ for the latter: a polynomial."
)
CLAIM = Claim(
    number=6,
    title="No KV cache",
    quote="Without the KV cache, generation becomes “exponentially” slower.",
    measured="The moment of every token of a long generation, with and without the cache, random "
    "weights in a real shape, and short ones in turns; a polynomial and an exponential are fitted "
    "to the shorter two thirds and foretell the rest.",
    physics=PHYSICS,
    trial=trial,
    judge=judge,
    sizes=len(NEW_TOKENS["cpu"]),
)
