"""Goals of a search: read from plain words, and a cell held against one."""

import math

import pytest

from core.analysis.deciding.asking.words import KNOWN
from core.errors import RequestError
from core.experiments.searching.goal import read_goal, score, wanted
from core.results.candidate import Candidate
from core.results.types import Grade
from tests.samples import a_spec


def a_candidate(**values: float) -> Candidate:
    hardware = {"hardware_id": "h", "hardware": "a CPU", "host": ""}
    return Candidate(
        "r", "s", "q", "e", "cpu", "a CPU", **hardware, trust=Grade.A, levers={}, values=values
    )


def test_a_cell_within_its_limits_is_feasible() -> None:
    ask = read_goal("at most 1 GB, fastest")
    found = score(ask, a_candidate(e2e_s=2.0, peak_bytes=5e8), KNOWN)
    assert (found.value, found.feasible) == (2.0, True)
    assert found.beyond == (pytest.approx(math.log(0.5)),)


def test_beyond_a_limit_is_more_the_worse_it_is_whichever_side() -> None:
    ask = read_goal("at least 10 tokens/s, at most 1 GB, fastest")
    found = score(ask, a_candidate(e2e_s=2.0, output_tokens_per_s=5.0, peak_bytes=2e9), KNOWN)
    assert not found.feasible
    assert found.beyond == (pytest.approx(math.log(2)), pytest.approx(math.log(2)))


def test_what_is_unknown_is_not_feasible() -> None:
    ask = read_goal("at most 1 GB, fastest")
    assert not score(ask, a_candidate(e2e_s=2.0), KNOWN).feasible
    assert not score(ask, a_candidate(peak_bytes=1.0), KNOWN).feasible


def test_conditions_on_levers_are_known_before_measuring() -> None:
    ask = read_goal("fastest with batch size 4")
    assert wanted(a_spec(batch_size=4), ask.conditions)
    assert not wanted(a_spec(batch_size=1), ask.conditions)


def test_what_is_not_understood_is_refused_as_a_goal() -> None:
    with pytest.raises(RequestError) as refused:
        read_goal("bluest")
    assert refused.value.field == "goal"
