"""What a search looks for: the best value of one metric among the cells within all limits."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from core.analysis.objectives import Objective
from core.errors import RequestError
from core.results.candidate import Candidate
from core.results.record import Record

LIMIT = re.compile(r"^(?P<metric>\w+)\s*(?P<sign><=|>=)\s*(?P<value>[-+.\deE]+)$")
HOW = "a metric, then limits if wanted: tpot_s, peak_bytes<=1e9, perplexity_ratio<=1.02"


class Limit(Record):
    """A bound on a metric, in that metric's unit: at least this much, or at most."""

    metric: str
    value: float
    at_least: bool = False

    def __str__(self) -> str:
        return f"{self.metric}{'>=' if self.at_least else '<='}{self.value:g}"


class Goal(Record):
    """The metric to make best, in its own direction, under limits."""

    metric: str
    limits: tuple[Limit, ...] = ()

    def __str__(self) -> str:
        return ", ".join([self.metric, *map(str, self.limits)])


@dataclass(frozen=True)
class Score:
    """A cell against a goal: the metric in its own unit, None where unknown, and by how much each
    limit is exceeded, as a share of it: 0 where it is kept, None where that is unknown.
    """

    value: float | None
    excess: tuple[float | None, ...]

    @property
    def feasible(self) -> bool:
        """Whether the value is known and all limits are known to be kept."""
        return self.value is not None and all(over == 0 for over in self.excess)


def parse_goal(text: str, known: Mapping[str, Objective]) -> Goal:
    """A goal as it is typed; raises RequestError for what is no metric or no limit."""
    metric, *limits = [part.strip() for part in text.split(",")]
    goal = Goal(metric=metric, limits=tuple(_limit(part) for part in limits))
    for name in (goal.metric, *(limit.metric for limit in goal.limits)):
        if name not in known:
            raise RequestError("goal", name, "it is no metric with a direction.", known)
    return goal


def score(goal: Goal, candidate: Candidate, known: Mapping[str, Objective]) -> Score:
    """A measured cell against the goal."""
    excess = tuple(_excess(limit, known[limit.metric].value(candidate)) for limit in goal.limits)
    return Score(known[goal.metric].value(candidate), excess)


def _limit(text: str) -> Limit:
    found = LIMIT.match(text)
    try:
        if found:
            value = float(found["value"])
            return Limit(metric=found["metric"], value=value, at_least=found["sign"] == ">=")
    except ValueError:
        pass
    raise RequestError("goal", text, "it is no limit.", (HOW,))


def _excess(limit: Limit, value: float | None) -> float | None:
    if value is None:
        return None
    beyond = limit.value - value if limit.at_least else value - limit.value
    return max(0.0, beyond) / (abs(limit.value) or 1.0)
