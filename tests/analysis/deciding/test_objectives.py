"""Objectives: directions, cost with its interval, unknown values, and the trust rule."""

import math

import numpy as np
import pytest

from core.analysis.deciding.objectives import Kind, admitted, objectives
from core.errors import RequestError
from core.results.statistics import Interval
from core.results.types import Grade
from tests.analysis.candidates import a_candidate

KNOWN = objectives(lambda candidate: 3.6 if candidate.device == "cpu" else 7.2)


def test_each_kind_can_be_optimised() -> None:
    assert {objective.kind for objective in KNOWN.values()} == set(Kind)


def test_what_has_no_direction_and_ends_of_intervals_are_no_objectives() -> None:
    assert not {"instrument_overhead", "mean_power_w", "e2e_low_s", "e2e_high_s"} & set(KNOWN)


def test_cost_follows_from_throughput_with_its_interval_turned() -> None:
    run = a_candidate("a", {"output_tokens_per_s": 10.0}, {"output_tokens_per_s": (8.0, 20.0)})
    cost = KNOWN["usd_per_million_tokens"]
    assert cost.value(run) == pytest.approx(100.0)
    interval = cost.interval(run)
    assert interval is not None
    assert (interval.low, interval.high) == (pytest.approx(50.0), pytest.approx(125.0))


def test_cost_of_a_run_follows_from_its_seconds_at_its_own_devices_price() -> None:
    run = a_candidate("a", {"e2e_s": 2.0}, device="cuda:0")
    assert KNOWN["usd_per_run"].value(run) == pytest.approx(0.004)


@pytest.mark.parametrize("value", [None, math.nan, math.inf])
def test_what_is_no_number_is_unknown(value: float | None) -> None:
    run = a_candidate("a", {"e2e_s": value}, {"e2e_s": (1.0, 2.0)})
    assert KNOWN["e2e_s"].value(run) is None
    assert KNOWN["e2e_s"].interval(run) is None
    assert KNOWN["usd_per_run"].value(run) is None


def test_no_throughput_has_no_cost() -> None:
    run = a_candidate("a", {"output_tokens_per_s": 0.0})
    assert KNOWN["usd_per_million_tokens"].value(run) is None


def test_an_interval_is_stretched_to_hold_its_value() -> None:
    run = a_candidate("a", {"e2e_s": 3.0}, {"e2e_s": (1.0, 2.0)})
    assert KNOWN["e2e_s"].interval(run) == Interval(1.0, 3.0)


def test_a_column_says_what_each_run_says() -> None:
    runs = [
        a_candidate("a", {"e2e_s": 3.0}, {"e2e_s": (1.0, 2.0)}),
        a_candidate("b", {"e2e_s": 3.0}),
        a_candidate("c", {"e2e_s": None}, {"e2e_s": (1.0, 2.0)}),
        a_candidate("d", {"e2e_s": 3.0}, {"e2e_s": (1.0, math.inf)}),
        a_candidate("e"),
    ]
    for key in ("e2e_s", "usd_per_run"):
        for run, row in zip(runs, KNOWN[key].column(runs), strict=True):
            value, interval = KNOWN[key].value(run), KNOWN[key].interval(run)
            ends = (interval.low, interval.high) if interval else (value, value)
            expected = np.array([value, *ends], dtype=float)
            assert np.allclose(row, expected, equal_nan=True)


def test_only_grades_a_and_b_enter_unless_asked() -> None:
    runs = [a_candidate(grade, trust=grade) for grade in Grade]
    usual = admitted(runs)
    assert [run.trust for run in usual.candidates] == [Grade.A, Grade.B]
    assert (usual.left_out, usual.sentence) == (
        1,
        "1 run is left out: their trust grade is below B.",
    )
    assert admitted(runs, Grade.C).candidates == tuple(runs)


def test_where_none_has_a_or_b_the_others_enter_and_it_is_said() -> None:
    runs = [a_candidate("a", trust=Grade.C)]
    found = admitted(runs)
    assert found.candidates == tuple(runs)
    assert "No run has trust grade A or B" in found.sentence
    assert admitted([]).sentence == ""


def test_a_utilisation_that_is_no_share_is_refused() -> None:
    with pytest.raises(RequestError):
        objectives(lambda _: 1.0, utilisation=0.0)
