"""Numbers from samples behave as numbers of their kind do, whatever the samples are."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.results.statistics import median, median_interval, percentile, spread, student_t

SECONDS = st.floats(1e-6, 1e4)
SAMPLES = st.lists(SECONDS, min_size=1, max_size=40)
ENOUGH = st.lists(SECONDS, min_size=5, max_size=40)
POWERS = st.integers(-20, 20).map(lambda power: 2.0**power)


@given(SAMPLES, st.floats(0, 100), st.floats(0, 100))
def test_percentiles_rise_and_lie_among_the_samples(
    samples: list[float], one: float, other: float
) -> None:
    low, high = (percentile(samples, percent) for percent in sorted((one, other)))
    assert low is not None
    assert high is not None
    assert low <= high or math.isclose(low, high, rel_tol=1e-12)
    assert min(samples) <= low or math.isclose(min(samples), low, rel_tol=1e-12)
    assert high <= max(samples) or math.isclose(max(samples), high, rel_tol=1e-12)


@settings(deadline=None, max_examples=60)
@given(SAMPLES, st.randoms(use_true_random=False))
def test_the_order_of_samples_says_nothing(samples: list[float], draw: object) -> None:
    mixed = [*samples]
    draw.shuffle(mixed)  # type: ignore[attr-defined]
    assert median(mixed) == median(samples)
    assert percentile(mixed, 95) == percentile(samples, 95)
    assert spread(mixed) == spread(samples)
    assert median_interval(mixed) == median_interval(samples)


@given(SAMPLES)
def test_the_median_is_what_half_of_the_samples_do_not_exceed(samples: list[float]) -> None:
    middle, ordered = median(samples), sorted(samples)
    assert middle is not None
    assert ordered[(len(ordered) - 1) // 2] <= middle <= ordered[len(ordered) // 2]
    assert percentile(samples, 50) == pytest.approx(middle)


@settings(deadline=None, max_examples=60)
@given(ENOUGH, POWERS)
def test_another_unit_changes_no_more_than_the_unit(samples: list[float], factor: float) -> None:
    scaled = [sample * factor for sample in samples]
    here, there = median_interval(samples), median_interval(scaled)
    assert here is not None
    assert there is not None
    assert (there.low, there.high) == (here.low * factor, here.high * factor)
    assert spread(scaled) == pytest.approx(spread(samples))


@settings(deadline=None, max_examples=60)
@given(ENOUGH)
def test_an_interval_holds_its_median_and_stays_among_the_samples(samples: list[float]) -> None:
    interval, middle = median_interval(samples), median(samples)
    assert interval is not None
    assert middle is not None
    assert min(samples) <= interval.low <= middle <= interval.high <= max(samples)


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 300), st.floats(0.001, 0.5))
def test_students_t_falls_with_freedom_and_with_the_error_rate(degrees: int, rate: float) -> None:
    assert student_t(rate, degrees) >= student_t(rate, degrees + 1) * (1 - 1e-6)
    assert student_t(rate, degrees) <= student_t(rate / 2, degrees) * (1 + 1e-6)


def test_students_t_of_one_degree_is_the_cauchy_distribution_s() -> None:
    for rate in np.linspace(0.01, 0.99, 33):
        assert student_t(float(rate), 1) == pytest.approx(
            1 / math.tan(math.pi * rate / 2), rel=1e-4
        )
