"""Intervals belong to the very number that their metric shows."""

import pytest

from core.results.columns import intervals_of, metrics_of
from core.results.metrics import BY_KEY, METRICS
from tests.samples import a_result, a_spec, samples_of

SAMPLED = {
    "ttft_s", "tpot_s", "e2e_s", "decode_tokens_per_s", "output_tokens_per_s", "total_tokens_per_s"
}  # fmt: skip


def test_what_comes_from_repeats_has_an_interval_around_it_and_the_rest_has_none() -> None:
    result = a_result(spec=a_spec(batch_size=4))
    values, intervals = metrics_of(result), intervals_of(result)
    assert {metric.key for metric in METRICS if metric.interval} == SAMPLED == set(intervals)
    for key, bounds in intervals.items():
        value = values[key]
        assert bounds is not None
        assert value is not None
        assert bounds[0] < value < bounds[1], key


def test_a_rate_has_the_interval_of_its_time_upside_down() -> None:
    intervals = intervals_of(a_result(e2e_s=2.0))
    time, rate = intervals["e2e_s"], intervals["output_tokens_per_s"]
    assert time is not None
    assert rate is not None
    assert rate == pytest.approx((32 / time[1], 32 / time[0]))


def test_too_few_repeats_have_none() -> None:
    assert set(intervals_of(a_result(spec=a_spec(repeats=4))).values()) == {None}


def test_repeats_of_different_length_are_rated_one_by_one() -> None:
    samples = samples_of(a_spec()).model_copy(
        update={"e2e_s": (1.0, 2.0, 1.0, 2.0, 1.0), "e2e_tokens": (10, 20, 10, 20, 10)}
    )
    interval = BY_KEY["output_tokens_per_s"].interval
    assert interval is not None
    found = interval(a_result(samples=samples))
    assert found is not None
    assert (found.low, found.high) == (10, 10)
