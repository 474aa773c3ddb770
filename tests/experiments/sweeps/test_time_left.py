"""The time left learns from the cells that ended; a budget is held against it."""

import pytest

from core.analysis.forecast.span import Span
from core.experiments.budget import Budget, Spending
from core.experiments.sweeps.cells import Board, Cell
from core.experiments.sweeps.time_left import TimeLeft
from tests.samples import a_spec


def a_cell(**values: object) -> Cell:
    """A cell that waits."""
    (cell,) = Board([a_spec(**values)]).cells()
    return cell


FAST, SLOW, OTHER = a_cell(), a_cell(batch_size=4), a_cell(precision="nf4")
ESTIMATES = {cell.key: Span(5.0, 10.0, 20.0) for cell in (FAST, SLOW, OTHER)}


def test_before_anything_ended_it_is_the_plans_estimate() -> None:
    assert TimeLeft(ESTIMATES).of_all([FAST, SLOW]) == Span(10.0, 20.0, 40.0)


def test_cells_that_took_twice_as_long_stretch_the_others_of_their_variant_the_most() -> None:
    left = TimeLeft(ESTIMATES)
    left.learn(FAST, 20.0)
    own, other = left.of(SLOW), left.of(OTHER)
    assert own is not None
    assert other is not None
    assert 10.0 < other.likely < own.likely < 20.0


def test_with_many_cells_it_comes_to_what_they_take() -> None:
    cells = [a_cell(batch_size=batch) for batch in range(1, 30)]
    left = TimeLeft({cell.key: Span(5.0, 10.0, 20.0) for cell in cells})
    for cell in cells[:-1]:
        left.learn(cell, 20.0)
    found = left.of(cells[-1])
    assert found is not None
    assert found.likely == pytest.approx(20.0, rel=0.05)


def test_a_cell_without_an_estimate_takes_as_long_as_the_others_did() -> None:
    left = TimeLeft({FAST.key: None, SLOW.key: None})
    assert left.of_all([FAST, SLOW]) is None
    left.learn(FAST, 6.0)
    assert left.of_all([SLOW]) == Span(2.0, 6.0, 18.0)


def test_a_budget_is_the_stricter_of_time_and_money() -> None:
    assert Budget().seconds is None
    assert Budget(budget_s=100.0).seconds == 100.0
    assert Budget(budget_s=100.0, budget_usd=0.01, price_per_hour=3.6).seconds == pytest.approx(10)


def test_what_would_end_after_the_budget_is_refused_with_the_numbers() -> None:
    now = [0.0]
    spending = Spending(Budget(budget_s=100.0), clock=lambda: now[0])
    assert spending.refuses(99.0) is None
    now[0] = 60.0
    reason = spending.refuses(50.0)
    assert reason is not None
    assert "about 50.0 s" in reason
    assert "40.0 s are left" in reason
    assert spending.refuses(None) is None
    now[0] = 100.0
    assert spending.used_up()
    assert spending.refuses(None) == "The budget of 100 s is used up."
