"""The Pareto set of runs under two or three objectives, with intervals taken seriously.

One run *dominates* another where it is at least as good in every objective and better in one. Runs
that are equal in every objective do not dominate each other. By its measured values a run is on
the frontier where none dominates it. A measured value stands for its interval (a value without one
is taken as exact), and the true values may lie anywhere in theirs. So each run is told to be

- on the FRONTIER: no run dominates it by the measured values. It is there *surely* where no other
  could dominate it even with the true values at the ends of their intervals: this run at its worst
  ends, the other at its best. A run whose own interval is unknown is never there surely.
- UNDECIDED: some run dominates it by the measured values, but none beyond doubt; its interval
  overlaps the frontier.
- DOMINATED: beyond doubt. Some run is, at its worst ends, at least as good as this one at its best
  ends in every objective, and better in one.
- MISSING: the value of an objective is unknown, so it can neither dominate nor be dominated.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np

from core.analysis.deciding.dominance import Flags, Points, dominated, dominated_by
from core.analysis.deciding.objectives import Objective
from core.errors import RequestError
from core.results.candidate import Candidate

FEWEST, MOST = 2, 3


class Standing(StrEnum):
    """Where a run stands in a Pareto set."""

    FRONTIER = "frontier"
    UNDECIDED = "undecided"
    DOMINATED = "dominated"
    MISSING = "missing"


STANDINGS = tuple(Standing)


@dataclass(frozen=True)
class ParetoSet:
    """Candidates with their standing, in one order. `sure` is whether a run of the frontier is
    there whatever the intervals hold, False for all others; `values` has (n, objectives) measured
    values, NaN where unknown.
    """

    objectives: tuple[Objective, ...]
    candidates: tuple[Candidate, ...]
    standings: tuple[Standing, ...]
    sure: tuple[bool, ...]
    values: Points

    @cached_property
    def frontier(self) -> tuple[Candidate, ...]:
        """Those on the frontier, by the first objective, the best first."""
        first = self.objectives[0]
        sign = -1 if first.higher_is_better else 1
        return tuple(sorted(self.of(Standing.FRONTIER), key=lambda c: sign * (first.value(c) or 0)))

    def of(self, standing: Standing) -> tuple[Candidate, ...]:
        """The candidates of that standing, in their order."""
        pairs = zip(self.candidates, self.standings, strict=True)
        return tuple(candidate for candidate, found in pairs if found is standing)

    @cached_property
    def surely(self) -> frozenset[str]:
        """Ids of the runs that are surely on the frontier."""
        pairs = zip(self.candidates, self.sure, strict=True)
        return frozenset(candidate.run_id for candidate, sure in pairs if sure)

    def missing_of(self, candidate: Candidate) -> tuple[Objective, ...]:
        """The objectives of which that candidate has no value."""
        return tuple(o for o in self.objectives if o.value(candidate) is None)


def pareto_set(candidates: Sequence[Candidate], objectives: Sequence[Objective]) -> ParetoSet:
    """The standing of each candidate. Raises RequestError unless two or three different objectives
    are given.
    """
    _check(objectives)
    numbers = np.stack([objective.column(candidates) for objective in objectives], axis=2)
    known = np.isfinite(numbers[:, 0]).all(axis=1)
    signs = np.array([-1.0 if objective.higher_is_better else 1.0 for objective in objectives])
    less_is_better = numbers[known] * signs
    ends = less_is_better[:, 1:]
    beaten, in_doubt = _told(less_is_better[:, 0], ends.min(axis=1), ends.max(axis=1))
    places = np.full(len(candidates), STANDINGS.index(Standing.MISSING))
    behind = np.where(
        in_doubt, STANDINGS.index(Standing.UNDECIDED), STANDINGS.index(Standing.DOMINATED)
    )
    places[known] = np.where(beaten, behind, STANDINGS.index(Standing.FRONTIER))
    sure = np.zeros(len(candidates), dtype=bool)
    sure[known] = ~beaten & ~in_doubt
    for place in np.flatnonzero(sure).tolist():
        sure[place] = _interval_is_known(candidates[place], objectives)
    return ParetoSet(
        objectives=tuple(objectives),
        candidates=tuple(candidates),
        standings=tuple(STANDINGS[place] for place in places.tolist()),
        sure=tuple(sure.tolist()),
        values=numbers[:, 0],
    )


def summary(pareto: ParetoSet) -> str:
    """How many runs stand where, in a sentence."""
    counts = {standing: pareto.standings.count(standing) for standing in Standing}
    sure = sum(pareto.sure)
    on, all_of_them = counts[Standing.FRONTIER], len(pareto.candidates)
    unsure = f" ({sure:,} of them surely)" if sure < on else ""
    said = f"{on:,} of {_runs(all_of_them)} {'is' if on == 1 else 'are'} on the frontier{unsure}"
    rest = [
        f"{counts[Standing.UNDECIDED]:,} undecided" if counts[Standing.UNDECIDED] else "",
        f"{counts[Standing.DOMINATED]:,} dominated" if counts[Standing.DOMINATED] else "",
        f"{counts[Standing.MISSING]:,} without a needed value" if counts[Standing.MISSING] else "",
    ]
    return ", ".join([said, *filter(None, rest)]) + "."


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count:,} runs"


def _check(objectives: Sequence[Objective]) -> None:
    keys = [objective.key for objective in objectives]
    if not FEWEST <= len(keys) <= MOST:
        raise RequestError("objectives", ", ".join(keys), "choose two or three.")
    if len(set(keys)) < len(keys):
        raise RequestError("objectives", ", ".join(keys), "choose different ones.")


def _interval_is_known(candidate: Candidate, objectives: Sequence[Objective]) -> bool:
    return all(o.exact or o.interval(candidate) is not None for o in objectives)


def _told(values: Points, best: Points, worst: Points) -> tuple[Flags, Flags]:
    """Whether each is dominated by value, and whether that is in doubt; less is better."""
    beaten = dominated(values)
    in_doubt = np.zeros(len(values), dtype=bool)
    if (best < worst).any():
        ahead, behind = np.flatnonzero(~beaten), np.flatnonzero(beaten)
        in_doubt[ahead] = dominated_by(worst, best, ahead)
        in_doubt[behind] = ~dominated_by(best, worst, behind)
    return beaten, in_doubt
