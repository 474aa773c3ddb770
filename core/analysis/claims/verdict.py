"""What a trial found: a verdict that follows from measured numbers by thresholds said in words.

A claim has one or more parts. Each part is measured and judged by itself, and the verdict of the
whole follows from those of its parts; a part without a verdict only explains.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from core.results.format import show, significant
from core.results.record import Record
from core.results.types import Grade

GAIN = 1.05  # ratios nearer to 1 are no gain that anybody would notice


class VerdictKind(StrEnum):
    """How a claim, or a part of one, fared on this machine. `UNDECIDED` is no verdict: what was
    measured does not tell.
    """

    HOLDS = "holds"
    IN_PART = "holds in part"
    FAILS = "fails here"
    NEEDS_GPU = "needs a GPU"
    UNDECIDED = "undecided"


class Measure(Record):
    """A measured value, in the `unit` of a Metric, and its interval: that of `core.results.paired`,
    which misses once in a hundred trials. What was counted has an interval of no width; None means
    that none can be told.
    """

    value: float
    unit: str
    low: float | None = None
    high: float | None = None

    @property
    def counted(self) -> bool:
        """Whether it is exact."""
        return self.low == self.value == self.high

    def __str__(self) -> str:
        return f"{show(self.value, self.unit)}{self.interval_words}"

    @property
    def interval_words(self) -> str:
        """The interval in brackets; nothing where there is none or it has no width."""
        if self.low is None or self.high is None or self.counted:
            return ""
        return f" ({_bare(self.low, self.unit)} to {_bare(self.high, self.unit)})"


class Part(Record):
    """One measured part of a claim. `claimed` is in words, `claimed_value` in the unit of what was
    measured; `rule` says in words when it holds; `published` is a figure of somebody else's with
    its source; `kind` is None for what only explains.
    """

    what: str
    claimed: str = ""
    claimed_value: float | None = None
    measured: Measure | None = None
    kind: VerdictKind | None = None
    rule: str = ""
    published: str = ""


class Curve(Record):
    """A line of a picture: points (x, y), `dashed` where it is computed and not measured."""

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    dashed: bool = False


class Picture(Record):
    """Curves over one quantity. Units are those of a Metric; `split` is an x from which on what is
    dashed was not fitted to, but foretold.
    """

    title: str
    takeaway: str
    x_label: str
    y_label: str
    y_unit: str
    curves: tuple[Curve, ...]
    log_x: bool = False
    log_y: bool = False
    split: float | None = None


class Verdict(Record):
    """What came out. `reason` is the physics with this machine's own numbers, `untested` what could
    not be told here, `trust` the worst grade of the runs and `doubts` why; None where it rests on
    counts alone.
    """

    kind: VerdictKind
    sentence: str
    parts: tuple[Part, ...]
    reason: str
    untested: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()
    trust: Grade | None = None
    doubts: tuple[str, ...] = ()


def exactly(value: float, unit: str) -> Measure:
    """What was counted or read off, not sampled."""
    return Measure(value=value, unit=unit, low=value, high=value)


def on_a_gpu(what: str, claimed: str, published: str = "") -> Part:
    """What only a GPU could tell."""
    return Part(what=what, claimed=claimed, published=published, kind=VerdictKind.NEEDS_GPU)


def combined(parts: Iterable[Part]) -> VerdictKind:
    """All parts hold or all fail: so does the claim. Some of each: it holds in part. A part that
    is undecided leaves the claim so, unless the others disagree already; one that needs a GPU
    counts only where there is nothing else.
    """
    kinds = {part.kind for part in parts if part.kind is not None}
    told = kinds - {VerdictKind.UNDECIDED, VerdictKind.NEEDS_GPU}
    if VerdictKind.IN_PART in told or len(told) > 1:
        return VerdictKind.IN_PART
    if VerdictKind.UNDECIDED in kinds:
        return VerdictKind.UNDECIDED
    if told:
        return told.pop()
    return VerdictKind.NEEDS_GPU if kinds else VerdictKind.UNDECIDED


def gain(measure: Measure | None) -> VerdictKind:
    """Whether a ratio is a gain: it holds where the whole interval is above 1 and the value at
    least `GAIN`, in part where the value is less than that, and fails where the interval reaches
    1 but not `GAIN`.
    """
    if measure is None or measure.low is None or measure.high is None:
        return VerdictKind.UNDECIDED
    if measure.low > 1:
        return VerdictKind.HOLDS if measure.value >= GAIN else VerdictKind.IN_PART
    return VerdictKind.FAILS if measure.high < GAIN else VerdictKind.UNDECIDED


def gain_rule(what: str) -> str:
    """The thresholds of `gain` in words."""
    return (
        f"Holds where {what} is at least {GAIN} times and its whole interval above 1, in part "
        f"where it is surely above 1 and less than {GAIN}; fails where the interval reaches 1 and "
        f"stays below {GAIN}; undecided otherwise."
    )


def gain_part(what: str, claimed: str, measured: Measure | None, of: str, **more: Any) -> Part:
    """A part that asks whether a ratio `of` something is a gain; `more` are other fields of it."""
    return Part(
        what=what,
        claimed=claimed,
        measured=measured,
        rule=gain_rule(of),
        **{"kind": gain(measured), **more},
    )


def reaches(measure: Measure | None, whole: float, half: float) -> VerdictKind:
    """Whether a value reaches what is claimed: it holds where the whole interval is at least
    `whole`, in part where it is at least `half`, and fails where all of it is below `half`.
    """
    if measure is None or measure.low is None or measure.high is None:
        return VerdictKind.UNDECIDED
    if measure.low >= whole:
        return VerdictKind.HOLDS
    if measure.low >= half and measure.high < whole:
        return VerdictKind.IN_PART
    return VerdictKind.FAILS if measure.high < half else VerdictKind.UNDECIDED


def is_lower(measure: Measure | None) -> bool:
    """Whether a ratio is surely below 1."""
    return measure is not None and measure.high is not None and measure.high < 1


def times(ratio: float) -> str:
    """A ratio as a number with its sign: `3.1 ×`."""
    return f"{significant(ratio)} ×"


def _bare(value: float, unit: str) -> str:
    return significant(value) if unit in ("×", "") else show(value, unit)
