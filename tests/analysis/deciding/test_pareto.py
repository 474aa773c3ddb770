"""Pareto sets against brute force over thousands of small cases, and each rule by name."""

import math
import random
from collections.abc import Sequence

import pytest

from core.analysis.deciding.objectives import Objective, measured_objectives
from core.analysis.deciding.pareto import ParetoSet, Standing, pareto_set, summary
from core.errors import RequestError
from core.results.candidate import Candidate
from core.results.types import Grade
from tests.analysis.candidates import a_candidate

OBJECTIVES = measured_objectives()
TPOT, MEMORY, SPEED = (OBJECTIVES[k] for k in ("tpot_s", "peak_bytes", "output_tokens_per_s"))
UNKNOWN = (None, math.nan, math.inf, -math.inf)


def found(pareto: ParetoSet) -> dict[str, tuple[Standing, bool]]:
    triples = zip(pareto.candidates, pareto.standings, pareto.sure, strict=True)
    return {candidate.run_id: (standing, sure) for candidate, standing, sure in triples}


def brute(
    candidates: Sequence[Candidate], objectives: Sequence[Objective]
) -> dict[str, tuple[Standing, bool]]:
    """The definitions of the docstring, word by word, one pair of runs after the other."""
    return {
        c.run_id: _standing(c, [o for o in candidates if o is not c], objectives)
        for c in candidates
    }


def _standing(
    this: Candidate, others: Sequence[Candidate], objectives: Sequence[Objective]
) -> tuple[Standing, bool]:
    mine = _ends(this, objectives)
    if mine is None:
        return Standing.MISSING, False
    ends = [theirs for other in others if (theirs := _ends(other, objectives))]
    if any(_better(theirs["worst"], mine["best"]) for theirs in ends):
        return Standing.DOMINATED, False
    if any(_better(theirs["value"], mine["value"]) for theirs in ends):
        return Standing.UNDECIDED, False
    sure = not any(_better(theirs["best"], mine["worst"]) for theirs in ends)
    known = all(o.exact or o.interval(this) is not None for o in objectives)
    return Standing.FRONTIER, sure and known


def _better(one: Sequence[float], other: Sequence[float]) -> bool:
    pairs = list(zip(one, other, strict=True))
    return all(a <= b for a, b in pairs) and any(a < b for a, b in pairs)


def _ends(candidate: Candidate, objectives: Sequence[Objective]) -> dict[str, list[float]] | None:
    ends: dict[str, list[float]] = {"value": [], "best": [], "worst": []}
    for objective in objectives:
        value = candidate.values.get(objective.source)
        if value is None or not math.isfinite(value):
            return None
        interval, sign = candidate.intervals.get(objective.source), 1
        if objective.higher_is_better:
            sign = -1
        spread = [value]
        if interval and math.isfinite(interval.low) and math.isfinite(interval.high):
            spread += [interval.low, interval.high]
        turned = sorted(sign * end for end in spread)
        ends["value"].append(sign * value)
        ends["best"].append(turned[0])
        ends["worst"].append(turned[-1])
    return ends


def a_case(draw: random.Random, objectives: Sequence[Objective]) -> list[Candidate]:
    """A few runs on a coarse grid, so that ties and equal points abound."""
    candidates = []
    for number in range(draw.randint(1, 9)):
        values: dict[str, float | None] = {}
        intervals = {}
        for objective in objectives:
            value = float(draw.randint(1, draw.choice((1, 3, 6))))
            values[objective.source] = draw.choice(UNKNOWN) if draw.random() < 0.07 else value
            if draw.random() < 0.5:
                low, high = value - draw.randint(0, 2), value + draw.randint(0, 2)
                infinite = draw.random() < 0.05
                intervals[objective.source] = (low, math.inf if infinite else high)
        candidates.append(a_candidate(f"run-{number}", values, intervals))
    return candidates


@pytest.mark.parametrize("objectives", [(TPOT, MEMORY), (TPOT, SPEED), (TPOT, MEMORY, SPEED)])
def test_random_cases_stand_as_brute_force_says(objectives: tuple[Objective, ...]) -> None:
    draw = random.Random(len(objectives))
    seen = set()
    for _ in range(1500):
        candidates = a_case(draw, objectives)
        expected = brute(candidates, objectives)
        assert found(pareto_set(candidates, objectives)) == expected
        seen |= set(expected.values())
    assert len(seen) == 5  # each standing, and both kinds of frontier, came up


def test_equal_points_do_not_dominate_each_other() -> None:
    same = [a_candidate(f"run-{i}", {"tpot_s": 1.0, "peak_bytes": 2.0}) for i in range(4)]
    assert set(found(pareto_set(same, (TPOT, MEMORY))).values()) == {(Standing.FRONTIER, False)}


def test_a_run_whose_interval_is_unknown_is_never_surely_on_the_frontier() -> None:
    values = {"tpot_s": 1.0, "peak_bytes": 2.0}
    told = a_candidate("told", values, {"tpot_s": (1.0, 1.0)})
    few = a_candidate("few-repeats", values)
    assert found(pareto_set([told, few], (TPOT, MEMORY))) == {
        "told": (Standing.FRONTIER, True),
        "few-repeats": (Standing.FRONTIER, False),
    }


def test_a_tie_in_one_objective_is_broken_by_the_other() -> None:
    one = a_candidate("better", {"tpot_s": 1.0, "peak_bytes": 2.0})
    two = a_candidate("worse", {"tpot_s": 1.0, "peak_bytes": 3.0})
    pareto = pareto_set([two, one], (TPOT, MEMORY))
    assert pareto.frontier == (one,)
    assert pareto.of(Standing.DOMINATED) == (two,)


def test_an_interval_that_reaches_the_frontier_leaves_a_run_undecided() -> None:
    best = a_candidate("best", {"tpot_s": 1.0, "peak_bytes": 1.0}, {"tpot_s": (0.9, 1.1)})
    near = a_candidate("near", {"tpot_s": 1.2, "peak_bytes": 1.0}, {"tpot_s": (1.0, 1.4)})
    far = a_candidate("far", {"tpot_s": 2.0, "peak_bytes": 1.0}, {"tpot_s": (1.2, 2.8)})
    pareto = pareto_set([best, near, far], (TPOT, MEMORY))
    assert found(pareto) == {
        "best": (Standing.FRONTIER, False),
        "near": (Standing.UNDECIDED, False),
        "far": (Standing.DOMINATED, False),
    }


def test_one_run_is_surely_the_frontier() -> None:
    alone = a_candidate("run-1", {"tpot_s": 1.0, "peak_bytes": 2.0}, {"tpot_s": (0.1, 9.0)})
    assert found(pareto_set([alone], (TPOT, MEMORY))) == {"run-1": (Standing.FRONTIER, True)}


def test_no_runs_have_no_frontier() -> None:
    assert pareto_set([], (TPOT, MEMORY)).frontier == ()


def test_a_missing_value_is_named() -> None:
    lacking = a_candidate("run-1", {"tpot_s": 1.0})
    pareto = pareto_set([lacking], (TPOT, MEMORY, SPEED))
    assert pareto.missing_of(lacking) == (MEMORY, SPEED)
    assert "1 without a needed value" in summary(pareto)


def test_a_summary_counts_each_standing() -> None:
    draw = random.Random(5)
    pairs = [(draw.random(), draw.random()) for _ in range(50)]
    candidates = [
        a_candidate(f"run-{i}", {"tpot_s": t, "peak_bytes": m}, {"tpot_s": (t, t)})
        for i, (t, m) in enumerate(pairs)
    ]
    pareto = pareto_set(candidates, (TPOT, MEMORY))
    on = len(pareto.frontier)
    assert summary(pareto) == f"{on} of 50 runs are on the frontier, {50 - on} dominated."


@pytest.mark.parametrize("chosen", [(TPOT,), (TPOT, TPOT), (*OBJECTIVES.values(),)])
def test_two_or_three_different_objectives_are_needed(chosen: tuple[Objective, ...]) -> None:
    with pytest.raises(RequestError):
        pareto_set([a_candidate()], chosen)


def test_grades_do_not_matter_once_runs_are_admitted() -> None:
    low = a_candidate("low", {"tpot_s": 1.0, "peak_bytes": 1.0}, trust=Grade.C)
    assert pareto_set([low], (TPOT, MEMORY)).frontier == (low,)
