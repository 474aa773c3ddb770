"""Which run a question in constraints is answered with, and how far that answer can be trusted.

By the measured values: the best of the runs that meet every limit. Beside it, what the values'
intervals leave open (does it surely meet the limits, can it be told from the runner-up), which
limit keeps a better run out, what is nearest where nothing qualifies, and which runs would have to
be measured (again) before it could be decided.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.analysis.deciding.constraints import Ask, Constraint
from core.analysis.deciding.fitness import (
    VALUE,
    Check,
    Fitness,
    Flags,
    Satisfaction,
    all_of,
    fitness_of,
)
from core.analysis.deciding.missing import Measurement, measurements
from core.analysis.deciding.objectives import Objective
from core.results.candidate import Candidate
from core.results.statistics import Interval


@dataclass(frozen=True)
class Option:
    """A run as an answer: its goal's value and interval, and each limit."""

    candidate: Candidate
    goal: float
    interval: Interval | None
    checks: tuple[Check, ...]

    @property
    def surely_qualifies(self) -> bool:
        """Whether each limit is met at both ends of the value's interval."""
        return all(check.satisfaction is Satisfaction.MET for check in self.checks)


@dataclass(frozen=True)
class Relaxation:
    """Moving one limit to `needed`, by the share `excess` of it, would let `option` in, whose goal
    is better than the winner's by the share `gain`; `told_apart` is whether their intervals are
    apart, None where neither has one.
    """

    constraint: Constraint
    option: Option
    needed: float
    excess: float
    gain: float | None
    told_apart: bool | None


@dataclass(frozen=True)
class Recommendation:
    """The answer. Without a winner, `nearest` is the run that is beyond the limits the least.

    `told_apart` is whether the goals' intervals of winner and runner-up do not overlap, None where
    not both have one; `more_repeats` how many times as many repeats would tell, where they do.
    `surest` is the best run that surely meets every limit, where the winner does not.
    `relaxations` begin with the limit that binds the most: that which has to give the least.
    """

    ask: Ask
    objective: Objective
    considered: int
    fitting: int
    qualified: int
    winner: Option | None
    runner_up: Option | None
    told_apart: bool | None
    more_repeats: float | None
    surest: Option | None
    relaxations: tuple[Relaxation, ...]
    nearest: Option | None
    measurements: tuple[Measurement, ...]


def recommend(
    candidates: Sequence[Candidate], ask: Ask, objectives: Mapping[str, Objective]
) -> Recommendation:
    """The answer to that question among these runs, which must be comparable."""
    fitness = fitness_of(candidates, ask, objectives)
    known = fitness.fits & ~np.isnan(fitness.goal[:, VALUE])
    qualified = known & all_of(fitness.met(), len(candidates))
    order = _best_first(fitness, qualified)
    winner = _option(fitness, order[0]) if order else None
    runner_up = _option(fitness, order[1]) if len(order) > 1 else None
    told_apart, more_repeats = _apart(winner, runner_up)
    return Recommendation(
        ask=ask,
        objective=fitness.goal_objective,
        considered=len(candidates),
        fitting=int(fitness.fits.sum()),
        qualified=len(order),
        winner=winner,
        runner_up=runner_up,
        told_apart=told_apart,
        more_repeats=more_repeats,
        surest=_surest(fitness, qualified, winner),
        relaxations=_relaxations(fitness, known, order[0]) if order else (),
        nearest=None if order else _nearest(fitness, known),
        measurements=measurements(fitness, order[0] if order else None),
    )


def _best_first(fitness: Fitness, wanted: Flags) -> list[int]:
    """Places of the wanted candidates by their goal; of equal ones, the shorter run first."""
    places = np.flatnonzero(wanted)
    seconds = fitness.objectives["e2e_s"].column([fitness.candidates[i] for i in places])[:, VALUE]
    goal = fitness.losses[places, VALUE]
    return [int(place) for place in places[np.lexsort((seconds, goal))]]


def _option(fitness: Fitness, index: int) -> Option:
    candidate = fitness.candidates[index]
    interval = fitness.goal_objective.interval(candidate)
    return Option(candidate, float(fitness.goal[index, VALUE]), interval, fitness.checks(index))


def _surest(fitness: Fitness, qualified: Flags, winner: Option | None) -> Option | None:
    if winner is None or winner.surely_qualifies:
        return None
    sure = _best_first(fitness, qualified & all_of(fitness.surely_met(), len(qualified)))
    return _option(fitness, sure[0]) if sure else None


def _apart(first: Option | None, second: Option | None) -> tuple[bool | None, float | None]:
    """Whether the goals of two options are apart, and with how many times the repeats they would
    be: an interval shrinks with the square root of their number.
    """
    if first is None or second is None or not (first.interval and second.interval):
        return None, None
    ends = first.interval, second.interval
    gap = abs(first.goal - second.goal)
    if ends[0].high < ends[1].low or ends[1].high < ends[0].low:
        return True, None
    pairs = zip(ends, (first, second), strict=True)
    reach = sum(max(end.high - o.goal, o.goal - end.low) for end, o in pairs)
    return False, (reach / gap) ** 2 if gap else None


def _relaxations(fitness: Fitness, known: Flags, winner: int) -> tuple[Relaxation, ...]:
    """For each limit that keeps better runs out by itself: the run that needs the least of it, and
    the best run, where that is another.
    """
    met, excesses = fitness.met(), fitness.excesses()
    losses = fitness.losses[:, VALUE]
    found = []
    for number in range(len(met)):
        others = all_of([m for i, m in enumerate(met) if i != number], len(known))
        kept_out = known & others & ~met[number] & (losses < losses[winner])
        places = np.flatnonzero(kept_out & np.isfinite(excesses[number]))
        if len(places):
            least = places[np.lexsort((losses[places], excesses[number, places]))[0]]
            best = places[np.lexsort((excesses[number, places], losses[places]))[0]]
            for place in dict.fromkeys((int(least), int(best))):
                found.append(_relaxation(fitness, number, place, winner))
    return tuple(sorted(found, key=lambda relaxation: relaxation.excess))


def _relaxation(fitness: Fitness, number: int, place: int, winner: int) -> Relaxation:
    option, best = _option(fitness, place), _option(fitness, winner)
    return Relaxation(
        constraint=fitness.ask.constraints[number],
        option=option,
        needed=float(fitness.limits[number][place, VALUE]),
        excess=float(fitness.excesses()[number, place]),
        gain=abs(option.goal - best.goal) / abs(best.goal) if best.goal else None,
        told_apart=_apart(option, best)[0],
    )


def _nearest(fitness: Fitness, known: Flags) -> Option | None:
    """The least sum of what is beyond each limit, as shares of them; of equal ones the better."""
    total = fitness.excesses().sum(axis=0)
    places = np.flatnonzero(known & np.isfinite(total))
    if not len(places):
        return None
    order = np.lexsort((fitness.losses[places, VALUE], total[places]))
    return _option(fitness, int(places[order[0]]))
