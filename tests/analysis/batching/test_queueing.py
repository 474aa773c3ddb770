"""The simulator against what theory knows exactly."""

import numpy as np
import pytest
from numpy.typing import NDArray

from core.analysis.batching.queueing import md1_wait_s, mean_in_system
from core.analysis.batching.serving_metrics import makespan_s
from core.analysis.batching.simulator import simulate
from core.results.serving import Served
from core.variants.arrivals import requests_of
from core.variants.load import Load, build_load
from core.variants.policy import Policy, PolicyKind
from tests.sample_steps import SampleTimes, constant_times


def one_at_a_time(requests: int, seed: int) -> Load:
    """Poisson arrivals, one per second, of requests that all take one prefill."""
    return build_load({"requests": requests, "seed": seed, "output_lengths": "1"})


def waits_of(load: Load, service_s: float) -> list[float]:
    served = simulate(load, Policy(kind="none"), constant_times(service_s)).served
    return [one.queue_s for one in served]


def lindley_waits(arrivals: NDArray[np.float64], service_s: float) -> NDArray[np.float64]:
    """Each waits as the one before did, and for its service, less the gap between the two."""
    walk = np.concatenate([[0.0], np.cumsum(service_s - np.diff(arrivals))])
    waits: NDArray[np.float64] = walk - np.minimum.accumulate(walk)
    return waits


@pytest.fixture(scope="module")
def many_arrivals() -> list[NDArray[np.float64]]:
    """Those of four hundred thousand requests."""
    loads = (one_at_a_time(100_000, seed) for seed in range(4))
    return [np.array([request.arrival_s for request in requests_of(load)]) for load in loads]


def test_waiting_one_at_a_time_is_that_of_pollaczek_and_khinchine() -> None:
    waits = [wait for seed in range(4) for wait in waits_of(one_at_a_time(20_000, seed), 0.5)]
    assert sum(waits) / len(waits) == pytest.approx(md1_wait_s(1.0, 0.5), rel=0.03)


@pytest.mark.parametrize("service_s", [0.3, 0.6, 0.7])
def test_waiting_is_lindleys_and_lindleys_is_the_formulas(
    service_s: float, many_arrivals: list[NDArray[np.float64]]
) -> None:
    """The simulator's waits are those of Lindley's recursion (1952) one by one, and over many of
    a load's own arrivals the recursion has the mean of the formula.
    """
    few = one_at_a_time(500, 0)
    arrivals = np.array([request.arrival_s for request in requests_of(few)])
    assert waits_of(few, service_s) == pytest.approx(lindley_waits(arrivals, service_s).tolist())
    waits = [lindley_waits(arrivals, service_s) for arrivals in many_arrivals]
    assert np.mean(waits) == pytest.approx(md1_wait_s(1.0, service_s), rel=0.03)


def test_the_formula_at_known_points() -> None:
    assert md1_wait_s(0.5, 1.0) == 0.5
    assert md1_wait_s(0.8, 1.0) == pytest.approx(2.0)
    assert md1_wait_s(1.0, 1.0) is None


@pytest.mark.parametrize("kind", tuple(PolicyKind))
@pytest.mark.parametrize("rate_per_s", [0.2, 20])
def test_littles_law(kind: PolicyKind, rate_per_s: float) -> None:
    load = build_load({"rate_per_s": rate_per_s, "requests": 300})
    served = simulate(load, Policy(kind=kind), SampleTimes()).served
    span_s = makespan_s(served)
    assert span_s is not None
    throughput, mean_e2e_s = len(served) / span_s, sum(one.e2e_s for one in served) / len(served)
    assert mean_in_system(served) == pytest.approx(throughput * mean_e2e_s)


def test_requests_in_the_system_are_counted_from_events() -> None:
    def served(number: int, arrival_s: float, ended_s: float) -> Served:
        return Served(number=number, arrival_s=arrival_s, started_s=arrival_s,
                      first_token_s=ended_s, ended_s=ended_s, prompt_tokens=1,
                      output_tokens=1)  # fmt: skip

    assert mean_in_system([served(0, 1, 5), served(1, 3, 4)]) == (2 * 1 + 1 * 2 + 1 * 1) / 4
    assert mean_in_system([]) is None
