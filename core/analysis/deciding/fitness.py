"""How candidates fare under a question: which limits each meets, surely or as measured.

Arrays over all candidates for what must be fast, and the same in full for the few that are shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from core.analysis.deciding.asking.words import Side
from core.analysis.deciding.constraints import Ask, Constraint
from core.analysis.deciding.objectives import Numbers, Objective
from core.results.candidate import Candidate
from core.results.statistics import Interval

Flags = npt.NDArray[np.bool_]
VALUE, LOW, HIGH = 0, 1, 2
COMPARE: dict[Side, np.ufunc] = {
    Side.AT_MOST: np.less_equal,
    Side.BELOW: np.less,
    Side.AT_LEAST: np.greater_equal,
    Side.ABOVE: np.greater,
}


class Satisfaction(StrEnum):
    """Whether a limit is met. With a limit inside the interval of the value it cannot be told."""

    MET = "met"
    MET_UNSURE = "met as measured"
    FAILED_UNSURE = "missed as measured"
    FAILED = "missed"
    UNKNOWN = "not measured"


@dataclass(frozen=True)
class Check:
    """One limit and one run. `excess` is how far the value is beyond the limit, as a share of it,
    0 where it is met and None where the value is unknown.
    """

    constraint: Constraint
    value: float | None
    interval: Interval | None
    satisfaction: Satisfaction
    excess: float | None


@dataclass(frozen=True)
class Fitness:
    """By candidate: `goal` (n, 3) with value, low and high; the same for each limit in `limits`;
    `fits` whether its levers are as asked. NaN where unknown.
    """

    candidates: tuple[Candidate, ...]
    ask: Ask
    objectives: Mapping[str, Objective]
    goal: Numbers
    limits: tuple[Numbers, ...]
    fits: Flags

    @property
    def goal_objective(self) -> Objective:
        """What is to be as good as it can."""
        return self.objectives[self.ask.goal]

    @property
    def losses(self) -> Numbers:
        """(n, 3): the goal turned so that less is better: value, best end, worst end."""
        if self.goal_objective.higher_is_better:
            return -self.goal[:, [VALUE, HIGH, LOW]]
        return self.goal

    def met(self, column: int = VALUE) -> list[Flags]:
        """For each limit, which values, or low or high ends, meet it; an unknown one does not."""
        pairs = zip(self.ask.constraints, self.limits, strict=True)
        return [_met(constraint, numbers[:, column]) for constraint, numbers in pairs]

    def surely_met(self) -> list[Flags]:
        """For each limit, whose whole interval meets it."""
        return [low & high for low, high in zip(self.met(LOW), self.met(HIGH), strict=True)]

    def perhaps_met(self) -> list[Flags]:
        """For each limit, whose interval meets it somewhere, and whose value is unknown."""
        triples = zip(self.met(LOW), self.met(HIGH), self.limits, strict=True)
        return [low | high | np.isnan(numbers[:, VALUE]) for low, high, numbers in triples]

    def excesses(self) -> Numbers:
        """(limits, n): how far values lie beyond each limit, as a share of it; 0 where met."""
        pairs = zip(self.ask.constraints, self.limits, strict=True)
        rows = [_excess(constraint, numbers[:, VALUE]) for constraint, numbers in pairs]
        return np.array(rows).reshape(len(rows), len(self.candidates))

    def checks(self, index: int) -> tuple[Check, ...]:
        """Each limit against one candidate."""
        candidate = self.candidates[index]
        return tuple(self._check(constraint, candidate) for constraint in self.ask.constraints)

    def _check(self, constraint: Constraint, candidate: Candidate) -> Check:
        objective = self.objectives[constraint.key]
        value, interval = objective.value(candidate), objective.interval(candidate)
        if value is None:
            return Check(constraint, None, None, Satisfaction.UNKNOWN, None)
        ends = (interval.low, interval.high) if interval else (value, value)
        in_doubt = len({constraint.met_by(end) for end in ends}) > 1
        if constraint.met_by(value):
            found = Satisfaction.MET_UNSURE if in_doubt else Satisfaction.MET
            return Check(constraint, value, interval, found, 0.0)
        found = Satisfaction.FAILED_UNSURE if in_doubt else Satisfaction.FAILED
        excess = float(_excess(constraint, np.array([value], dtype=float))[0])
        return Check(constraint, value, interval, found, excess)


def fitness_of(
    candidates: Sequence[Candidate], ask: Ask, objectives: Mapping[str, Objective]
) -> Fitness:
    """How these candidates fare under that question."""
    fits = [all(condition.met_by(c) for condition in ask.conditions) for c in candidates]
    return Fitness(
        candidates=tuple(candidates),
        ask=ask,
        objectives=objectives,
        goal=objectives[ask.goal].column(candidates),
        limits=tuple(objectives[c.key].column(candidates) for c in ask.constraints),
        fits=np.array(fits, dtype=bool),
    )


def all_of(flags: Sequence[Flags], count: int) -> Flags:
    """Where all of the flags hold; everywhere where there are none."""
    found: Flags = np.logical_and.reduce([np.ones(count, dtype=bool), *flags])
    return found


def _met(constraint: Constraint, numbers: Numbers) -> Flags:
    """As `Constraint.met_by`, for many; comparisons with NaN are False."""
    found: Flags = COMPARE[constraint.side](numbers, constraint.limit)
    return found


def _excess(constraint: Constraint, numbers: Numbers) -> Numbers:
    beyond = np.abs(numbers - constraint.limit)
    base = np.abs(numbers) if constraint.limit == 0 else np.full_like(numbers, constraint.limit)
    relative = np.divide(beyond, base, out=np.zeros_like(numbers), where=base != 0)
    return np.where(_met(constraint, numbers), 0.0, np.where(np.isnan(numbers), np.nan, relative))
