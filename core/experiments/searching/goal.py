"""How good a measured cell is for a search: the goal's value, and how far beyond each limit.

What is asked, a goal and limits in plain words, is read by `core.analysis.deciding.asking`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from core.analysis.deciding.asking.sentence import read_ask
from core.analysis.deciding.constraints import Ask, Condition, Constraint
from core.analysis.deciding.objectives import Objective
from core.errors import RequestError
from core.results.candidate import Candidate
from core.results.identity import levers_of
from core.results.types import Grade
from core.variants.spec import RunSpec


@dataclass(frozen=True)
class Score:
    """A cell against a goal: the goal's value in its own unit, None where unknown; how far beyond
    each limit it is, on a logarithmic scale where there is one, None where unknown; and whether
    value and limits are known and the limits kept.
    """

    value: float | None
    beyond: tuple[float | None, ...] = ()
    feasible: bool = True


def read_goal(text: str) -> Ask:
    """What a search looks for; raises RequestError for what is not understood."""
    try:
        return read_ask(text)
    except RequestError as error:
        raise RequestError("goal", error.value, error.reason, error.valid) from None


def score(ask: Ask, candidate: Candidate, known: Mapping[str, Objective]) -> Score:
    """A measured cell against the goal."""
    value = known[ask.goal].value(candidate)
    limited = [(one, known[one.key].value(candidate)) for one in ask.constraints]
    kept = all(found is not None and one.met_by(found) for one, found in limited)
    return Score(
        value=value,
        beyond=tuple(None if found is None else beyond(one, found) for one, found in limited),
        feasible=value is not None and kept,
    )


def beyond(constraint: Constraint, value: float) -> float:
    """The logarithm of value over limit, or their difference where that has none; turned so that
    more is worse, and at most 0 where the limit is kept.
    """
    both_positive = value > 0 and constraint.limit > 0
    over = math.log(value / constraint.limit) if both_positive else value - constraint.limit
    return over if constraint.upper else -over


def wanted(spec: RunSpec, conditions: tuple[Condition, ...]) -> bool:
    """Whether a cell's levers are as a goal's conditions say; told before it is measured."""
    cell = Candidate(
        run_id="",
        spec_id=spec.id,
        question_id="",
        environment_id="",
        device=spec.variant.device,
        device_name="",
        hardware_id="",
        hardware="",
        host="",
        trust=Grade.A,
        levers=levers_of(spec),
        values={},
    )
    return all(condition.met_by(cell) for condition in conditions)
