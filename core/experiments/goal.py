"""What a search looks for: the best value of one metric among the cells within all limits."""

import math
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

    @property
    def metrics(self) -> tuple[str, ...]:
        """The keys of all metrics that it names."""
        return (self.metric, *(limit.metric for limit in self.limits))

    def __str__(self) -> str:
        return ", ".join([self.metric, *map(str, self.limits)])


@dataclass(frozen=True)
class Score:
    """A cell against a goal: the metric in its own unit, None where unknown, and how far beyond
    each limit it is: 0 or less where the limit is kept, None where that is unknown.
    """

    value: float | None
    beyond: tuple[float | None, ...] = ()

    @property
    def feasible(self) -> bool:
        """Whether the value is known and all limits are known to be kept."""
        kept = all(over is not None and over <= 0 for over in self.beyond)
        return self.value is not None and kept


def parse_goal(text: str, known: Mapping[str, Objective]) -> Goal:
    """A goal as it is typed; raises RequestError for what is no metric or no limit."""
    metric, *limits = [part.strip() for part in text.split(",")]
    goal = Goal(metric=metric, limits=tuple(_limit(part) for part in limits))
    for name in goal.metrics:
        if name not in known:
            raise RequestError("goal", name, "it is no metric with a direction.", known)
    return goal


def score(goal: Goal, candidate: Candidate, known: Mapping[str, Objective]) -> Score:
    """A measured cell against the goal."""
    beyond = tuple(_beyond(limit, known[limit.metric].value(candidate)) for limit in goal.limits)
    return Score(known[goal.metric].value(candidate), beyond)


def _limit(text: str) -> Limit:
    found = LIMIT.match(text)
    try:
        if found:
            value = float(found["value"])
            return Limit(metric=found["metric"], value=value, at_least=found["sign"] == ">=")
    except ValueError:
        pass
    raise RequestError("goal", text, "it is no limit.", (HOW,))


def _beyond(limit: Limit, value: float | None) -> float | None:
    """The logarithm of value over limit, or their difference where that has none; turned so that
    more is worse.
    """
    if value is None:
        return None
    both_positive = value > 0 and limit.value > 0
    over = math.log(value / limit.value) if both_positive else value - limit.value
    return -over if limit.at_least else over
