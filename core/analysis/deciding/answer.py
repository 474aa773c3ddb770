"""A recommendation in words, a sentence for each thing that it says, with nothing glossed over."""

import math
from collections.abc import Collection, Iterator

from core.analysis.deciding.asking.words import KNOWN, Side
from core.analysis.deciding.constraints import Constraint, show_limit, uncapitalised
from core.analysis.deciding.fitness import Check, Satisfaction
from core.analysis.deciding.missing import Measurement
from core.analysis.deciding.objectives import Kind, Objective
from core.analysis.deciding.recommend import Recommendation, Relaxation
from core.results.candidate import Candidate
from core.results.format import show, significant
from core.results.naming import name_of_levers
from core.results.statistics import Interval

MOST_LISTED = 5
MOST_ALSO = 3
WORTH_REPEATS = 100.0
DIGITS = 3


def headline(found: Recommendation) -> str:
    """The answer in one sentence."""
    if found.winner is not None:
        goal = told(found.winner.goal, found.winner.interval, found.objective.unit)
        return f"{name(found.winner.candidate)}: {found.objective.label} {goal}."
    if not found.fitting:
        return "No run has levers like these."
    if found.nearest is None:
        return "No run qualifies, and none has all the values that would be needed to tell."
    beyond = [_beyond(check) for check in found.nearest.checks if check.excess]
    return f"No run qualifies. Nearest is {name(found.nearest.candidate)}: {', '.join(beyond)}."


def sentences(found: Recommendation) -> tuple[str, ...]:
    """All that is to be said beside the headline."""
    return (
        _counts(found),
        *_doubts(found),
        *_against_runner_up(found),
        *_binding(found),
        *_to_measure(found.measurements),
    )


def name(candidate: Candidate, others: Collection[Candidate] = ()) -> str:
    """The configuration's name; with its model, where others have another."""
    named = name_of_levers(candidate.levers)
    models = {str(other.levers.get("model")) for other in others}
    return f"{candidate.levers.get('model')} · {named}" if len(models) > 1 else named


def told(value: float | None, interval: Interval | None, unit: str) -> str:
    """A value with its interval, where one is known."""
    if interval is None or interval.low == interval.high:
        return show(value, unit)
    return f"{show(value, unit)} ({show(interval.low, unit)} to {show(interval.high, unit)})"


def relaxation_words(found: Relaxation, objective: Objective) -> str:
    """What moving one limit would allow, and what that would buy."""
    constraint, metric = found.constraint, _metric(found.constraint)
    more = "more" if constraint.upper else "less"
    needed = show_limit(_outward(found), metric.unit)
    share = f"{_percent(found.excess)} {more}" if constraint.limit else more
    moved = f"{share} {uncapitalised(metric.label)} ({needed})"
    doubt = "" if found.told_apart is not False else ", though their intervals overlap"
    allowed = name(found.option.candidate)
    return f"{moved} would allow {allowed}: {_gain(found.gain, objective)}{doubt}"


def check_words(check: Check) -> str:
    """A limit and what was measured of it."""
    value = told(check.value, check.interval, _metric(check.constraint).unit)
    match check.satisfaction:
        case Satisfaction.UNKNOWN:
            return f"{check.constraint}: not measured"
        case Satisfaction.MET:
            return f"{check.constraint}: {value}"
        case Satisfaction.FAILED:
            return f"{check.constraint}: missed, {value}"
    return f"{check.constraint}: cannot be told, {value} holds the limit"


def measurement_words(wanted: Measurement) -> str:
    """What a run lacks, and what would give it."""
    parts = [f"has no {uncapitalised(KNOWN[key].label)}" for key in wanted.unknown]
    parts += [f"cannot be told to have {constraint}" for constraint in wanted.in_doubt]
    lacks = " and ".join(parts) or "is in doubt"
    if wanted.times_repeats is None:
        return f"{name(wanted.candidate)} {lacks}; it is too close for more repeats to tell"
    again = "measure it again, quality too" if wanted.unknown else "measure it again"
    if wanted.times_repeats > 1:
        again += f" with {math.ceil(wanted.times_repeats * 10) / 10:g} times as many repeats"
    return f"{name(wanted.candidate)} {lacks}: {again}"


def _counts(found: Recommendation) -> str:
    levers = "" if found.fitting == found.considered else f", {found.fitting:,} with such levers"
    verb = "qualifies" if found.qualified == 1 else "qualify"
    return f"{found.qualified:,} of {_runs(found.considered)}{levers} {verb}."


def _doubts(found: Recommendation) -> Iterator[str]:
    if found.winner is None:
        return
    doubted = [c for c in found.winner.checks if c.satisfaction is not Satisfaction.MET]
    for check in doubted:
        value = told(check.value, check.interval, _metric(check.constraint).unit)
        yield (
            f"Whether it keeps {check.constraint} cannot be told: it was measured at {value}, "
            "which holds the limit."
        )
    if found.surest is not None:
        goal = told(found.surest.goal, found.surest.interval, found.objective.unit)
        best = f"{name(found.surest.candidate)}, {found.objective.label} {goal}"
        yield f"The best run that keeps every limit beyond doubt: {best}."
    elif doubted:
        yield "No run keeps every limit beyond doubt."


def _against_runner_up(found: Recommendation) -> Iterator[str]:
    second = found.runner_up
    if second is None or found.winner is None:
        return
    goal = told(second.goal, second.interval, found.objective.unit)
    said = f"Runner-up: {name(second.candidate)}, {found.objective.label} {goal}"
    if second.goal == found.winner.goal:
        yield f"{said}. The two are equal in it."
    elif found.told_apart:
        yield f"{said}. Their intervals lie apart."
    elif found.told_apart is None:
        lacking = "Not both have an interval, so whether they differ cannot be told."
        yield f"{said}." if found.objective.exact else f"{said}. {lacking}"
    else:
        yield f"{said}. The two cannot be told apart: their intervals overlap{_more(found)}."


def _more(found: Recommendation) -> str:
    times = found.more_repeats
    if times is None or times > WORTH_REPEATS:
        return ", and no number of repeats that is worth it would part them"
    return f"; about {math.ceil(max(times, 2))} times as many repeats of both would part them"


def _binding(found: Recommendation) -> Iterator[str]:
    if found.winner is None:
        return
    if not found.relaxations:
        if found.ask.constraints:
            yield "No limit binds: without any one of them this run would still be the best."
        return
    first, *rest = found.relaxations
    said = relaxation_words(first, found.objective)
    yield f"The limit that binds is {first.constraint}. {said[0].upper()}{said[1:]}."
    for other in rest[:MOST_ALSO]:
        yield f"Also: {relaxation_words(other, found.objective)}."


def _to_measure(wanted: Collection[Measurement]) -> Iterator[str]:
    if not wanted:
        return
    decidable = [m for m in wanted if m.times_repeats is not None]
    if len(decidable) == len(wanted):
        count = len(wanted)
        yield f"{_runs(count).capitalize()} would decide this."
    for measurement in list(wanted)[:MOST_LISTED]:
        yield f"{measurement_words(measurement)}."
    if len(wanted) > MOST_LISTED:
        yield f"And {_runs(len(wanted) - MOST_LISTED)} more could still be the answer."


def _beyond(check: Check) -> str:
    metric = _metric(check.constraint)
    way = "above" if check.constraint.upper else "below"
    share = f"{_percent(check.excess or 0)} " if check.constraint.limit else ""
    return f"{metric.label} {show(check.value, metric.unit)} is {share}{way} the limit"


def _percent(share: float) -> str:
    return f"{significant(share * 100, 2)} %"


def _gain(gain: float | None, objective: Objective) -> str:
    label = uncapitalised(objective.label)
    if gain is None:
        return f"better {label}"
    percent = _percent(gain)
    if objective.kind is Kind.COST:
        return f"{percent} cheaper"
    return f"{percent} {'more' if objective.higher_is_better else 'less'} {label}"


def _outward(found: Relaxation) -> float:
    """The needed limit in a few digits, rounded so that the run is within it."""
    value, upper = found.needed, found.constraint.upper
    if not value:
        return value
    ratio = _metric(found.constraint).unit == "ratio"
    places = 3 if ratio else DIGITS - 1 - math.floor(math.log10(abs(value)))
    step = 10.0**-places
    rounded = (math.ceil if upper else math.floor)(value / step) * step
    if rounded == value and found.constraint.side in (Side.BELOW, Side.ABOVE):
        rounded += step if upper else -step
    return round(rounded, places)


def _metric(constraint: Constraint) -> Objective:
    return KNOWN[constraint.key]


def _runs(count: int) -> str:
    return "one run" if count == 1 else f"{count:,} runs"
