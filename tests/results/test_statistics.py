"""Statistics against values known from theory."""

import numpy as np
import pytest

from core.results.statistics import (
    median,
    median_interval,
    percentile,
    spread,
    student_t,
)


def test_unknown_is_none() -> None:
    assert median(()) is None
    assert percentile((), 95) is None
    assert spread((1.0,)) is None
    assert median_interval((1.0, 1.0, 1.0, 1.0)) is None


def test_medians_and_percentiles_by_hand() -> None:
    assert median((3.0, 1.0, 2.0)) == 2.0
    assert median((1.0, 2.0)) == 1.5
    assert percentile(tuple(range(101)), 95) == 95.0
    assert spread((1.0, 2.0, 4.0)) == 1.5


def test_equal_samples_have_an_interval_of_no_width() -> None:
    interval = median_interval((2.0,) * 5)
    assert interval is not None
    assert (interval.low, interval.high) == (2.0, 2.0)


def test_the_interval_repeats_itself() -> None:
    samples = (1.0, 1.1, 0.9, 1.05, 1.2, 0.95)
    assert median_interval(samples) == median_interval(samples)


def test_the_interval_covers_the_true_median_about_as_often_as_it_says() -> None:
    draws = np.random.default_rng(1)
    inside = 0
    for _ in range(200):
        interval = median_interval(tuple(draws.normal(10.0, 1.0, size=25)))
        assert interval is not None
        inside += interval.low <= 10.0 <= interval.high
    assert inside / 200 == pytest.approx(0.95, abs=0.05)


@pytest.mark.parametrize(
    ("error_rate", "degrees", "expected"),
    [(0.05, 2, 4.3027), (0.01, 5, 4.0321), (0.001, 2, 31.599), (0.001, 29, 3.6594)],
)
def test_students_t_is_that_of_the_tables(error_rate: float, degrees: int, expected: float) -> None:
    assert student_t(error_rate, degrees) == pytest.approx(expected, rel=1e-4)
    assert student_t(0.05, 5000) == pytest.approx(1.9604, rel=1e-4)
