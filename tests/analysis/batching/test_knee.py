"""The knee is the highest rate within the factor, within 2 %, whatever the latency looks like."""

import pytest

from core.analysis.batching.knee import NEAR, Knee, find_knee


def queueing(rate_per_s: float) -> float:
    """One second alone, ever more towards a capacity of 10."""
    return 1 / (1 - rate_per_s / 10)


def test_it_is_found_between_the_rates_that_are_tried_first() -> None:
    knee = find_knee(queueing, 10)
    limit_s = 3 * queueing(0.5)
    assert knee.unloaded_p95_s == queueing(0.5)
    assert knee.rate_per_s is not None
    assert queueing(knee.rate_per_s) <= limit_s < queueing(NEAR * knee.rate_per_s)


def test_a_policy_that_is_slow_where_requests_are_few_bends_where_it_is_full() -> None:
    knee = find_knee(lambda rate: 40 / rate + queueing(rate), 10)
    assert knee.rate_per_s is not None
    assert knee.rate_per_s > 9


def test_what_never_bends_does_so_at_its_capacity() -> None:
    knee = find_knee(lambda _: 1.0, 10)
    assert knee.rate_per_s is not None
    assert 10 / NEAR <= knee.rate_per_s < 10


def test_it_is_unknown_of_too_few_requests_and_beyond_the_highest_rate() -> None:
    assert find_knee(lambda _: None, 10) == Knee(None, None)
    assert find_knee(queueing, 10, highest_per_s=0.0) == Knee(None, None)
    assert find_knee(queueing, 10, highest_per_s=5.0) == Knee(None, queueing(0.5))
    assert find_knee(queueing, 10, highest_per_s=8.5).rate_per_s == pytest.approx(
        find_knee(queueing, 10).rate_per_s
    )
