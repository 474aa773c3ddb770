"""A recommendation and a Pareto set as JSON documents: unknown numbers are null."""

from collections.abc import Sequence
from typing import Any

from core.analysis.deciding.answer import headline, sentences
from core.analysis.deciding.constraints import understood
from core.analysis.deciding.fitness import Check
from core.analysis.deciding.missing import Measurement
from core.analysis.deciding.pareto import ParetoSet, Standing, summary
from core.analysis.deciding.recommend import Option, Recommendation, Relaxation
from core.analysis.deciding.scope import Scope
from core.results.candidate import Candidate
from core.results.statistics import Interval


def recommendation_document(found: Recommendation) -> dict[str, Any]:
    """The answer with all that was said of it."""
    return {
        "understood": list(understood(found.ask)),
        "goal": found.ask.goal,
        "answer": headline(found),
        "sentences": list(sentences(found)),
        "considered": found.considered,
        "qualified": found.qualified,
        "winner": _option(found.winner),
        "runner_up": _option(found.runner_up),
        "told_apart": found.told_apart,
        "surest": _option(found.surest),
        "nearest": _option(found.nearest),
        "binding": str(found.relaxations[0].constraint) if found.relaxations else None,
        "relaxations": [_relaxation(relaxation) for relaxation in found.relaxations],
        "missing": [measurement_document(wanted) for wanted in found.measurements],
    }


def pareto_document(pareto: ParetoSet) -> dict[str, Any]:
    """The set: who is on the frontier, who surely, who is undecided, and what is missing."""
    return {
        "objectives": [
            {"key": o.key, "unit": o.unit, "higher_is_better": o.higher_is_better}
            for o in pareto.objectives
        ],
        "summary": summary(pareto),
        "pareto": [candidate.run_id for candidate in pareto.frontier],
        "surely": sorted(pareto.surely),
        "undecided": [candidate.run_id for candidate in pareto.of(Standing.UNDECIDED)],
        "dominated": pareto.standings.count(Standing.DOMINATED),
        "missing": {
            candidate.run_id: [objective.key for objective in pareto.missing_of(candidate)]
            for candidate in pareto.of(Standing.MISSING)
        },
        "frontier": [_point(pareto, candidate) for candidate in pareto.frontier],
    }


def scope_documents(found: Sequence[Scope]) -> list[dict[str, str]]:
    """The scopes that can be asked for."""
    return [{"key": scope.key, "label": scope.label} for scope in found]


def measurement_document(wanted: Measurement) -> dict[str, Any]:
    """A run that would have to be measured again."""
    return {
        "run_id": wanted.candidate.run_id,
        "unknown": list(wanted.unknown),
        "in_doubt": [str(constraint) for constraint in wanted.in_doubt],
        "times_repeats": wanted.times_repeats,
    }


def _point(pareto: ParetoSet, candidate: Candidate) -> dict[str, Any]:
    return {
        **_run(candidate),
        "sure": candidate.run_id in pareto.surely,
        "values": {o.key: o.value(candidate) for o in pareto.objectives},
        "intervals": {o.key: _interval(o.interval(candidate)) for o in pareto.objectives},
    }


def _option(option: Option | None) -> dict[str, Any] | None:
    if option is None:
        return None
    return {
        **_run(option.candidate),
        "goal": option.goal,
        "interval": _interval(option.interval),
        "limits": [_check(check) for check in option.checks],
    }


def _relaxation(found: Relaxation) -> dict[str, Any]:
    return {
        "constraint": str(found.constraint),
        "needed": found.needed,
        "excess": found.excess,
        "gain": found.gain,
        "told_apart": found.told_apart,
        "option": _option(found.option),
    }


def _check(check: Check) -> dict[str, Any]:
    return {
        "constraint": str(check.constraint),
        "value": check.value,
        "interval": _interval(check.interval),
        "satisfaction": str(check.satisfaction),
        "excess": check.excess,
    }


def _run(candidate: Candidate) -> dict[str, Any]:
    levers = dict(candidate.levers)
    return {"run_id": candidate.run_id, "trust": str(candidate.trust), "levers": levers}


def _interval(interval: Interval | None) -> list[float] | None:
    return [interval.low, interval.high] if interval else None
