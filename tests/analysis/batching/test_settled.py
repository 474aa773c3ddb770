"""Curves are of enough requests of the load's own kind, at the rate that the axis says."""

import math

import pytest

from core.analysis.batching.settled import highest_rate_per_s, requests_at, settled
from core.variants.arrivals import Request
from core.variants.load import Load, build_load

HEADER = "arrival_s,prompt_tokens,output_tokens\n"
PERIODS = {"arrivals": "bursts", "on_s": 10, "off_s": 20}


def mean_rate(requests: tuple[Request, ...]) -> float:
    return (len(requests) - 1) / (requests[-1].arrival_s - requests[0].arrival_s)


def a_trace(arrivals: list[float], **values: object) -> Load:
    rows = "".join(f"{at},{10 + n % 7},{2 + n % 3}\n" for n, at in enumerate(arrivals))
    return build_load({"trace": HEADER + rows, **values})


def test_a_thousand_requests_whatever_the_load_had() -> None:
    load = settled(build_load({"duration_s": 20, "rate_per_s": 3}))
    found = requests_at(load, 8.0)
    assert len(found) == 1000
    assert mean_rate(found) == pytest.approx(8)
    slow = requests_at(load, 2.0)
    assert [one.arrival_s for one in slow] == pytest.approx([4 * one.arrival_s for one in found])


def test_bursts_are_forty_at_least() -> None:
    load = settled(build_load({"arrivals": "bursts", "burst_size": 100}))
    found = requests_at(load, 5.0)
    assert len(found) == 4001
    assert len({one.arrival_s for one in found}) == 41
    assert mean_rate(found) == pytest.approx(5)
    assert highest_rate_per_s(load) == math.inf
    assert highest_rate_per_s(settled(build_load({"arrivals": "bursts", "burst_size": 500}))) == 0


@pytest.mark.parametrize(("rate", "periods"), [(40.0, 10), (0.5, 67)])
def test_periods_are_whole_and_ten_at_least(rate: float, periods: int) -> None:
    found = requests_at(settled(build_load(PERIODS)), rate)
    assert found[-2].arrival_s < 30 * periods <= found[-1].arrival_s
    assert mean_rate(found) == pytest.approx(rate, rel=0.05)


def test_periods_of_more_than_can_be_simulated_have_a_highest_rate() -> None:
    load = settled(build_load(PERIODS))
    highest = highest_rate_per_s(load)
    assert highest == pytest.approx(20_000 / 300)
    assert len(requests_at(load, highest)) == pytest.approx(20_000, rel=0.03)


def test_a_long_trace_counts_by_its_first_rows_at_their_own_rate() -> None:
    load = settled(a_trace([n * (0.1 if n < 2500 else 1.0) for n in range(4000)]))
    found = requests_at(load, 3.0)
    assert len(found) == 2000
    assert mean_rate(found) == pytest.approx(3)
    assert settled(load) == load


def test_a_part_of_a_trace_counts_as_that_part() -> None:
    load = settled(a_trace([float(n) for n in range(50)], requests=30))
    assert len(requests_at(load, 9.0)) == 30


def test_rows_that_all_come_at_once_are_not_taken_alone() -> None:
    load = settled(a_trace([0.0] * 2100 + [5.0, 6.0]))
    assert load.requests == 2102
    assert mean_rate(requests_at(load, 4.0)) == pytest.approx(4)
