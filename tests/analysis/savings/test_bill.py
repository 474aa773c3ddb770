"""A month's bill, by hand and by what must hold of any."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.analysis.savings.bill import (
    bill,
    first_machine_less,
    hours_needed,
    machines_needed,
    requests_that_fit,
)
from core.analysis.savings.terms import Payment, Terms

SECONDS = st.floats(min_value=1e-3, max_value=1e4)
REQUESTS = st.integers(min_value=1, max_value=10**10)
SHARES = st.floats(min_value=0.01, max_value=1)


def test_a_month_by_hand() -> None:
    """A million requests of 3.6 s are 1,000 hours: two machines, and 1,000 dollars at a dollar."""
    found = bill(3.6, 1, 1.0, Terms(requests=1_000_000))
    assert found.hours == pytest.approx(1000)
    assert found.by_second_usd == pytest.approx(1000)
    assert found.machines == 2
    assert found.all_month_usd == pytest.approx(2 * 730)
    assert found.usd(Payment.BY_SECOND) == found.by_second_usd
    assert found.usd(Payment.ALL_MONTH) == found.all_month_usd


def test_half_the_time_in_use_pays_twice_and_needs_more_machines() -> None:
    found = bill(3.6, 1, 1.0, Terms(requests=1_000_000, utilisation=0.5))
    assert found.by_second_usd == pytest.approx(2000)
    assert found.machines == 3  # 1,000 / 365


@pytest.mark.parametrize(("requests", "groups"), [(1, 1), (16, 1), (17, 2), (160, 10)])
def test_a_group_that_is_not_full_takes_as_long_as_a_full_one(requests: int, groups: int) -> None:
    assert hours_needed(36.0, 16, requests) == pytest.approx(groups * 0.01)


def test_a_machine_that_is_exactly_full_is_one() -> None:
    assert machines_needed(730.0, 1.0) == 1
    assert machines_needed(730.0 * 1.0000001, 1.0) == 2
    assert machines_needed(hours_needed(3.6, 1, 730_000), 1.0) == 1


@given(seconds=SECONDS, requests=REQUESTS, more=REQUESTS, share=SHARES)
def test_more_requests_never_cost_less(
    seconds: float, requests: int, more: int, share: float
) -> None:
    small = bill(seconds, 4, 2.0, Terms(requests=requests, utilisation=share))
    large = bill(seconds, 4, 2.0, Terms(requests=requests + more, utilisation=share))
    assert large.by_second_usd >= small.by_second_usd
    assert large.machines >= small.machines
    assert small.all_month_usd >= small.by_second_usd * (1 - 1e-9)


@given(seconds=SECONDS, machines=st.integers(min_value=1, max_value=1000), share=SHARES)
def test_what_fits_fits_and_one_more_does_not(seconds: float, machines: int, share: float) -> None:
    most = requests_that_fit(seconds, 1, machines, share)
    if most:
        assert machines_needed(hours_needed(seconds, 1, most), share) <= machines
    assert machines_needed(hours_needed(seconds, 1, most + 2), share) > machines


def test_from_when_on_a_machine_less_is_needed() -> None:
    """2 s fit 1,314,000 times into a month, 1 s twice as often."""
    found = first_machine_less((2.0, 1), (1.0, 1), Terms(requests=1_000_000))
    assert found == 1_314_001
    assert first_machine_less((1.0, 1), (2.0, 1), Terms(requests=1000), most=50) is None
