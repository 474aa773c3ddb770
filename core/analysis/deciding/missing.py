"""Which runs would have to be measured, or measured again, before a question can be decided.

A run is among them where it could still be the answer: it may meet every limit, it may be better
than the best that does, and something that decides it is unknown, or its interval holds the limit.
"""

import math
from dataclasses import dataclass

import numpy as np

from core.analysis.deciding.constraints import Constraint
from core.analysis.deciding.fitness import VALUE, Check, Fitness, Flags, Satisfaction, all_of
from core.analysis.deciding.objectives import Kind, Objective
from core.results.candidate import Candidate
from core.variants.request import bounds
from core.variants.spec import RunSpec
from core.variants.weights import Weights

IN_DOUBT = (Satisfaction.MET_UNSURE, Satisfaction.FAILED_UNSURE)
TOO_MANY_TIMES = 40.0
OWN_TASK = "task_accuracy"


@dataclass(frozen=True)
class Measurement:
    """A run to measure again: `unknown` are the metrics that it lacks, `in_doubt` the limits that
    lie inside its intervals, `times_repeats` how many times as many repeats should tell, None where
    no number that is worth it would.
    """

    candidate: Candidate
    unknown: tuple[str, ...]
    in_doubt: tuple[Constraint, ...]
    times_repeats: float | None = 1.0


def measurements(fitness: Fitness, winner: int | None) -> tuple[Measurement, ...]:
    """The runs to measure, the most promising first."""
    losses, count = fitness.losses, len(fitness.candidates)
    least = losses[winner, VALUE] if winner is not None else np.inf
    unknown = np.isnan(losses[:, VALUE])
    could_win = fitness.fits & (unknown | (losses[:, 1] < least))
    if winner is not None:
        could_win[winner] = True
    undecided = np.logical_or.reduce(
        [unknown, *(perhaps & ~sure for perhaps, sure in _open(fitness))]
    )
    places = np.flatnonzero(could_win & all_of(fitness.perhaps_met(), count) & undecided)
    order = places[np.argsort(losses[places, 1], kind="stable")]
    found = (_measurement(fitness, int(place)) for place in order)
    return tuple(measurement for measurement in found if measurement)


def spec_to_measure(spec: RunSpec, measurement: Measurement) -> RunSpec:
    """The run's spec with what its measurement needs: quality on, more repeats."""
    repeats, most = spec.workload.repeats, bounds("repeats")[1]
    times = measurement.times_repeats or 1.0
    wanted = min(math.ceil(repeats * times), most or repeats)
    quality = spec.workload.quality or bool(measurement.unknown)
    changed = spec.workload.model_copy(update={"repeats": wanted, "quality": quality})
    return spec.model_copy(update={"workload": changed})


def _open(fitness: Fitness) -> list[tuple[Flags, Flags]]:
    return list(zip(fitness.perhaps_met(), fitness.surely_met(), strict=True))


def _measurement(fitness: Fitness, place: int) -> Measurement | None:
    """None where measuring again would not tell what is unknown."""
    candidate = fitness.candidates[place]
    checks = fitness.checks(place)
    needed = [fitness.objectives[key] for key in fitness.ask.keys]
    unknown = [objective for objective in needed if objective.value(candidate) is None]
    if not all(_can_be_measured(objective, fitness, candidate) for objective in unknown):
        return None
    doubts = [check for check in checks if check.satisfaction in IN_DOUBT]
    times = max((_times_repeats(check) for check in doubts), default=1.0)
    return Measurement(
        candidate=candidate,
        unknown=tuple(objective.key for objective in unknown),
        in_doubt=tuple(check.constraint for check in doubts),
        times_repeats=times if times <= TOO_MANY_TIMES else None,
    )


def _can_be_measured(objective: Objective, fitness: Fitness, candidate: Candidate) -> bool:
    """Quality, of trained weights; energy, where the machine has told it of another run. What else
    is missing has no meaning for the run, such as the compile time of one that is not compiled.
    """
    if objective.kind is Kind.QUALITY:
        trained = candidate.levers.get("weights") != Weights.RANDOM
        return trained and objective.key != OWN_TASK
    if objective.kind is Kind.ENERGY:
        same = candidate.hardware_id
        return any(
            other.hardware_id == same and objective.value(other) is not None
            for other in fitness.candidates
        )
    return False


def _times_repeats(check: Check) -> float:
    """How many times as many repeats would part value and limit: an interval shrinks with the
    square root of their number. At least twice as many.
    """
    assert check.value is not None
    assert check.interval is not None
    limit, value = check.constraint.limit, check.value
    reach = check.interval.high - value if limit > value else value - check.interval.low
    gap = abs(limit - value)
    return max((reach / gap) ** 2, 2.0) if gap else math.inf
