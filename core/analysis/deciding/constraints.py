"""What a question in constraints consists of: a goal, limits on metrics, conditions on levers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from core.analysis.deciding.asking.words import KNOWN, Side
from core.results.candidate import Candidate
from core.variants.axes import AXES

SCALES: dict[str, tuple[tuple[float, str], ...]] = {
    "s": ((1, "s"), (1e-3, "ms"), (1e-6, "µs")),
    "bytes": ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1, "bytes")),
}
LEVER_LABELS = {
    "batch_size": "Batch size",
    "device": "Device",
    "model": "Model",
    **{field: axis.label for field, axis in AXES.items()},
}


@dataclass(frozen=True)
class Constraint:
    """A limit on a metric, in the metric's unit."""

    key: str
    side: Side
    limit: float

    def met_by(self, value: float) -> bool:
        """Whether a value lies on the asked side."""
        match self.side:
            case Side.AT_MOST:
                return value <= self.limit
            case Side.BELOW:
                return value < self.limit
            case Side.AT_LEAST:
                return value >= self.limit
        return value > self.limit

    @property
    def upper(self) -> bool:
        """Whether values must lie under the limit."""
        return self.side in (Side.AT_MOST, Side.BELOW)

    def __str__(self) -> str:
        known = KNOWN[self.key]
        return f"{known.label} {self.side} {show_limit(self.limit, known.unit)}"


class Condition(Protocol):
    """What a run's levers must be."""

    @property
    def field(self) -> str:
        """The lever."""

    def met_by(self, candidate: Candidate) -> bool:
        """Whether a run's lever is so."""


@dataclass(frozen=True)
class Choice:
    """A lever has one of these values, or, where `excluded`, none of them."""

    field: str
    values: tuple[str, ...]
    excluded: bool = False

    def met_by(self, candidate: Candidate) -> bool:
        """Whether the run's lever has one of the values."""
        return (lever_of(candidate, self.field) in self.values) is not self.excluded

    def __str__(self) -> str:
        named = " or ".join(_choice_label(self.field, value) for value in self.values)
        return f"{LEVER_LABELS[self.field]} {'not ' if self.excluded else ''}{named}"


@dataclass(frozen=True)
class Range:
    """A lever that is a number lies on that side of a limit."""

    field: str
    side: Side
    limit: float

    def met_by(self, candidate: Candidate) -> bool:
        """Whether the run's lever lies there."""
        constraint = Constraint("", self.side, self.limit)
        return constraint.met_by(float(candidate.levers.get(self.field, 0)))

    def __str__(self) -> str:
        return f"{LEVER_LABELS[self.field]} {self.side} {self.limit:g}"


@dataclass(frozen=True)
class Ask:
    """A goal, the key of the metric to be as good as it can; limits; and conditions on levers.

    `goal_named` is whether the person named the goal; without one it is the cheapest.
    """

    goal: str
    constraints: tuple[Constraint, ...] = ()
    conditions: tuple[Condition, ...] = ()
    goal_named: bool = True

    @property
    def keys(self) -> tuple[str, ...]:
        """The metrics that it asks of, the goal first."""
        return tuple(dict.fromkeys([self.goal, *(c.key for c in self.constraints)]))


def understood(ask: Ask) -> Sequence[str]:
    """What was understood, a line for each part."""
    goal = KNOWN[ask.goal]
    way = "highest" if goal.higher_is_better else "lowest"
    added = "" if ask.goal_named else " (no goal was named: the cheapest)"
    return [
        f"{way} {uncapitalised(goal.label)}{added}",
        *(str(part) for part in (*ask.constraints, *ask.conditions)),
    ]


def show_limit(limit: float, unit: str) -> str:
    """A limit as it was asked for, to six digits: a measured value has no more than three."""
    if unit == "USD":
        return f"${limit:,.6g}"
    for factor, name in SCALES.get(unit, ()):
        if limit >= factor:
            return f"{limit / factor:.6g} {name}"
    return f"{limit:.6g}" if unit in ("ratio", "", "share", "count") else f"{limit:.6g} {unit}"


def lever_of(candidate: Candidate, field: str) -> str | None:
    """The lever's value as text; a GPU's device without its number."""
    if field == "device":
        return candidate.device
    value = candidate.levers.get(field)
    return None if value is None else str(value)


def _choice_label(field: str, value: str) -> str:
    rows = AXES[field].rows if field in AXES else {}
    return next((row.label for key, row in rows.items() if str(key) == value), value)


def uncapitalised(label: str) -> str:
    """A label within a sentence; abbreviations stay as they are."""
    first, *_ = label.split()
    return label if first.isupper() or first == "KL" else label[0].lower() + label[1:]
