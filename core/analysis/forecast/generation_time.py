"""How long one generation takes: from measured passes, or from bytes and operations.

A decode step takes a time that grows with the batch in a straight line: the weights are read once,
each row computes. So between two measured batch sizes the line through both is followed. A prompt's
pass does the same over all its tokens, and so does every pass where no cache is kept.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log2
from statistics import median

from numpy import average

from core.analysis.forecast.evidence import Evidence, Seen
from core.analysis.forecast.need import Asked
from core.analysis.forecast.span import Span
from core.analysis.forecast.speeds import between
from core.variants.kv_cache import KVCache
from core.variants.lengths import new_tokens_cap
from core.variants.spec import RunSpec, StopRule

Point = tuple[float, float]
SAME, NEAR, BEYOND = 0.15, 0.25, 0.5
"""Shares by which an estimate may be wrong: of measured levers, of near ones, and for each doubling
beyond what was measured."""
LEAST_SHARE = 0.3
NATURAL_SHARE = 0.1
NOTHING_MEASURED = "rough: nothing of these levers has been measured here yet"


@dataclass(frozen=True)
class Curve:
    """Measured seconds of a pass over how much it computes. Beyond what was measured it goes on as
    between the last two points, or by `slope` where there is one or no growth between them.
    """

    points: tuple[Point, ...]
    slope: float

    @classmethod
    def through(cls, points: Iterable[Point], slope: float) -> "Curve":
        """The curve through the median of the points at each amount."""
        at = defaultdict(list)
        for amount, seconds in points:
            at[amount].append(seconds)
        medians = ((amount, median(values)) for amount, values in sorted(at.items()))
        return cls(tuple(medians), slope)

    def at(self, amount: float) -> float:
        """Seconds of a pass that computes so much."""
        low, high = self._around(amount)
        if not low[0] <= amount <= high[0]:
            start = high if amount > high[0] else low
            seconds = start[1] + self._slope(low, high) * (amount - start[0])
            return max(seconds, LEAST_SHARE * self.points[0][1])
        share = (amount - low[0]) / (high[0] - low[0]) if high[0] > low[0] else 0.0
        return low[1] + share * (high[1] - low[1])

    @property
    def last_slope(self) -> float:
        """Seconds for each further unit, by the two largest measured amounts."""
        return self._slope(*self._around(float("inf")))

    def _slope(self, low: Point, high: Point) -> float:
        """From one point to the next; the one that is reckoned where no growth was measured."""
        grows = high[0] > low[0] and high[1] > low[1]
        return (high[1] - low[1]) / (high[0] - low[0]) if grows else self.slope

    def doublings_beyond(self, amount: float) -> float:
        """How often the nearest measured amount must be doubled, or halved, to reach this one."""
        least, most = self.points[0][0], self.points[-1][0]
        return log2(max(amount / most, least / amount, 1.0))

    def _around(self, amount: float) -> tuple[Point, Point]:
        pairs = list(pairwise(self.points)) or [(self.points[0], self.points[0])]
        return next((pair for pair in pairs if amount <= pair[1][0]), pairs[-1])


@dataclass(frozen=True)
class Generation:
    """Seconds of one generation, of which the prompt's pass takes `prefill_s`; what each further
    token of a prompt adds; and in words what the estimate rests on.
    """

    seconds: Span
    prefill_s: float
    a_token_s: float
    basis: str
    measured: bool


def generation_time(asked: Asked, evidence: Evidence) -> Generation:
    """One generation of what is asked, from the nearest that is known."""
    for found, wrong_by, words in (
        (evidence.of_pace(asked.spec), SAME, "scaled to this workload"),
        (evidence.of_near_pace(asked.spec), NEAR, "with another attention"),
    ):
        if found:
            return _measured(asked, found, wrong_by, f"run {found[0].run.run_id}, {words}")
    return _computed(asked)


def _measured(asked: Asked, seen: Sequence[Seen], wrong_by: float, basis: str) -> Generation:
    """From the passes of near runs: their straight lines, and how far beyond them this one is."""
    spec, prompt = asked.spec, asked.prompt_tokens
    rows, steps = spec.workload.batch_size, new_tokens_cap(spec.workload, prompt) - 1
    passes, decode = _curves(spec, seen, asked.a_token_s)
    amount = rows * (prompt + steps / 2) if _without_cache(spec) else rows
    prefill_s = passes.at(rows * prompt)
    decode_s = steps * (decode.at(amount) + _longer_s(asked, prompt + steps / 2, seen))
    likely = (prefill_s + decode_s) * _share_of_cap(spec, seen)
    far = [passes.doublings_beyond(rows * prompt), decode.doublings_beyond(amount)]
    wrong = 1 + wrong_by + BEYOND * float(average(far, weights=[prefill_s, decode_s]))
    low = likely / wrong * (NATURAL_SHARE if spec.workload.stop is StopRule.NATURAL else 1.0)
    span = Span(low, likely, likely * wrong)
    return Generation(span, prefill_s, passes.last_slope, basis, measured=True)


def _curves(spec: RunSpec, seen: Sequence[Seen], a_token_s: float) -> tuple[Curve, Curve]:
    """Seconds of a pass over all its tokens, and of a decode step over the rows; the same curve
    where each step computes the whole text.
    """
    prefills = [(one.batch * one.prompt_tokens, one.ttft_s) for one in seen]
    if _without_cache(spec):
        steps = [(one.batch * (one.prompt_tokens + one.new_tokens / 2), one.tpot_s or one.ttft_s)
                 for one in seen]  # fmt: skip
        both = Curve.through([*prefills, *steps], a_token_s)
        return both, both
    steps = [(one.batch, one.tpot_s or one.ttft_s) for one in seen]
    return Curve.through(prefills, a_token_s), Curve.through(steps, a_token_s)


def _longer_s(asked: Asked, length: float, seen: Sequence[Seen]) -> float:
    """Seconds by which a step takes longer since its text is longer than those that were measured:
    the keys and values of the further tokens are read.
    """
    spec = asked.spec
    if _without_cache(spec):
        return 0.0
    usual = median(one.prompt_tokens + one.new_tokens / 2 for one in seen)
    more = asked.shape.kv_bytes(spec.workload.batch_size, round(length - usual), 4)
    return max(more / asked.speeds.bytes_per_s[1], 0.0)


def _share_of_cap(spec: RunSpec, seen: Sequence[Seen]) -> float:
    """Of a natural stop, how much of the cap was generated in runs that could stop too."""
    if spec.workload.stop is not StopRule.NATURAL:
        return 1.0
    shares = [one.new_tokens / new_tokens_cap(one.run.spec.workload, one.prompt_tokens)
              for one in seen if one.run.spec.workload.stop is StopRule.NATURAL]  # fmt: skip
    return median(shares) if shares else 1.0


def _computed(asked: Asked) -> Generation:
    """From what each pass reads and computes, at a range of speeds."""
    spec, need, speeds = asked.spec, asked.need, asked.speeds
    rows, steps = spec.workload.batch_size, new_tokens_cap(spec.workload, asked.prompt_tokens)
    read = (need.weights_bytes + need.kv_cache_bytes) * steps
    tokens = asked.prompt_tokens + steps
    if _without_cache(spec):
        tokens = steps * asked.prompt_tokens + steps * steps // 2
    fast_s, slow_s = (2 * asked.shape.parameters / rate for rate in speeds.flops_per_s)
    quick, slow = speeds.overhead_s
    low = max(read / speeds.bytes_per_s[0], rows * tokens * fast_s) + quick * steps
    high = read / speeds.bytes_per_s[1] + rows * tokens * slow_s + slow * steps
    span = Span(low, between(low, high), high)
    prefill_s = rows * asked.prompt_tokens * asked.a_token_s
    return Generation(span, prefill_s, asked.a_token_s, NOTHING_MEASURED, measured=False)


def _without_cache(spec: RunSpec) -> bool:
    return spec.workload.kv_cache is KVCache.OFF
