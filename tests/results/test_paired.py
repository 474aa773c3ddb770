"""Ratios of runs measured in turns, and decisions that err as rarely as they say."""

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from core.results.paired import (
    ERROR_RATE,
    decide,
    log_ratio,
    looks,
    more_pairs,
    paired_ratio,
    told_of,
    unpaired_ratio,
)
from core.results.types import Stopped
from core.variants.pairing import PairPlan

PLAN = PairPlan(most_pairs=60)
Noise = Callable[[np.random.Generator, int], NDArray[np.float64]]


def quiet(generator: np.random.Generator, count: int) -> NDArray[np.float64]:
    return generator.normal(0, 0.03, count)


def spikes(generator: np.random.Generator, count: int) -> NDArray[np.float64]:
    """One run in sixteen is disturbed, and takes half as long again on average."""
    hit = generator.random(count) < 0.06
    return quiet(generator, count) + hit * generator.exponential(0.5, count)


def drift(generator: np.random.Generator, count: int) -> NDArray[np.float64]:
    """The machine slows by 30 %, steadily, with spikes on top."""
    return spikes(generator, count) + np.linspace(0, 0.3, count)


def bursts(generator: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Disturbances that last for several runs."""
    busy = np.repeat(generator.exponential(0.4, count) * (generator.random(count) < 0.08), 3)
    return quiet(generator, count) + busy[:count]


def in_turns(
    noise: Noise, seed: int, b_over_a: float = 1.0, pairs: int = 60
) -> tuple[list[float], list[float]]:
    """Seconds of A and of B as they come of the order A B B A."""
    seconds = np.exp(noise(np.random.default_rng(seed), 2 * pairs)).reshape(-1, 4)
    a, b = seconds[:, [0, 3]].ravel(), seconds[:, [1, 2]].ravel() * b_over_a
    return list(a), list(b)


def verdict(a: list[float], b: list[float], plan: PairPlan = PLAN) -> tuple[Stopped, int, float]:
    """Why it stopped, after how many pairs, and the ratio then."""
    for look in looks(plan):
        stopped = decide(a, b, look, plan)
        if stopped:
            return stopped, look.pairs, log_ratio(a[: look.pairs], b[: look.pairs]).ratio.value
    raise AssertionError("the last look decides")


def test_looks_are_scheduled_and_share_the_error_rate() -> None:
    assert [look.pairs for look in looks(PLAN)] == [6, 10, 16, 24, 36, 60]
    for most in (6, 7, 8, 25, 60, 1000):
        found = list(looks(PairPlan(most_pairs=most)))
        assert found[-1].pairs == most - most % 2
        assert sum(look.error_rate for look in found) == pytest.approx(ERROR_RATE)
        assert all(look.pairs % 2 == 0 for look in found)


def test_a_steady_drift_cancels_within_a_block() -> None:
    seconds = np.exp(np.linspace(0, 1, 48)).reshape(-1, 4)
    found = log_ratio(seconds[:, [0, 3]].ravel(), seconds[:, [1, 2]].ravel() * 1.2)
    assert found.ratio.value == pytest.approx(1.2)
    assert found.half_width == pytest.approx(0, abs=1e-9)


def test_a_disturbance_of_one_side_moves_the_ratio_little_and_an_odd_pair_is_left_out() -> None:
    a, b = in_turns(quiet, seed=1, b_over_a=1.1)
    undisturbed = log_ratio(a, b).ratio.value
    disturbed = [second * (10 if place in (3, 17, 40) else 1) for place, second in enumerate(b)]
    assert log_ratio(a, disturbed).ratio.value == pytest.approx(undisturbed, rel=0.01)
    assert log_ratio([*a, 1.0], [*b, 99.0]) == log_ratio(a, b)


def test_two_blocks_have_a_ratio_and_no_interval() -> None:
    found = paired_ratio([1.0, 1.0, 1.0, 1.0], [2.0, 2.1, 1.9, 2.0])
    assert found is not None
    assert found.value == pytest.approx(2, rel=0.01)
    assert (found.low, found.high) == (None, None)
    assert paired_ratio([1.0], [2.0]) is None
    assert paired_ratio([1.0, 0.0], [1.0, 1.0]) is None


@pytest.mark.parametrize("noise", [quiet, spikes, drift, bursts])
def test_the_interval_holds_the_truth_as_often_as_it_says(noise: Noise) -> None:
    """At 10 % the share of misses can be counted in a few hundred trials."""
    missed = 0
    for seed in range(200):
        found = log_ratio(*in_turns(noise, seed, 1.07, pairs=24), error_rate=0.1)
        assert found.half_width is not None
        missed += abs(found.value - math.log(1.07)) > found.half_width
    assert missed <= 32


@pytest.mark.parametrize("noise", [quiet, spikes, drift, bursts])
def test_the_same_against_itself_shows_no_difference(noise: Noise) -> None:
    """Expected are 100 · 1 % at most; five or more would come once in 300 times."""
    found = [verdict(*in_turns(noise, seed))[0] for seed in range(100)]
    assert found.count(Stopped.DECIDED) <= 4


@pytest.mark.parametrize("noise", [quiet, spikes, drift, bursts])
def test_a_slowdown_of_five_per_cent_is_found(noise: Noise) -> None:
    found = [verdict(*in_turns(noise, seed, b_over_a=1.05)) for seed in range(40)]
    assert sum(stopped is Stopped.DECIDED and ratio > 1 for stopped, _, ratio in found) >= 36


def test_a_large_difference_is_decided_early_and_a_tiny_one_called_equivalent() -> None:
    stopped, pairs, ratio = verdict(*in_turns(quiet, seed=3, b_over_a=0.5))
    assert (stopped, pairs <= 10) == (Stopped.DECIDED, True)
    assert ratio == pytest.approx(0.5, rel=0.05)
    wide = PairPlan(smallest_effect=0.1)
    assert verdict(*in_turns(quiet, seed=3, b_over_a=1.01), wide)[0] is Stopped.EQUIVALENT


def test_an_early_look_does_not_stop_at_a_difference_of_unknown_size() -> None:
    pattern = itertools.cycle((1.1, 1.5, 1.3, 1.2, 1.4, 1.25))
    b = [next(pattern) for _ in range(24)]
    stopped = {look.pairs: decide([1.0] * 24, b, look, PLAN) for look in looks(PLAN)}
    early = log_ratio([1.0] * 10, b[:10], error_rate=0.01)
    assert told_of(early, PLAN.smallest_effect) is Stopped.DECIDED
    assert stopped[6] is None


def test_the_pairs_that_are_still_needed_do_show_the_effect() -> None:
    """Four times in five is promised of what the scatter says, here the median of 40 guesses."""
    guesses = [more_pairs(log_ratio(*in_turns(quiet, seed, pairs=24), 0.004), 0.03)
               for seed in range(40)]  # fmt: skip
    needed = [24 + guess for guess in guesses if guess is not None]
    assert len(needed) == 40
    pairs = 2 * round(float(np.median(needed)) / 2)
    shown = 0
    for seed in range(100, 200):
        later = log_ratio(*in_turns(quiet, seed, 1.03, pairs), error_rate=0.004)
        shown += told_of(later, 0.001) is Stopped.DECIDED
    assert 70 <= shown <= 97


def test_runs_measured_apart_are_resampled_apart() -> None:
    found = unpaired_ratio([1.0, 1.01, 0.99, 1.02, 0.98], [2.0, 2.02, 1.98, 2.04, 1.96])
    assert found is not None
    assert found.low is not None
    assert found.high is not None
    assert found.value == pytest.approx(2.0)
    assert found.low < 2.0 < found.high
    few = unpaired_ratio([1.0, 1.0], [2.0, 2.0])
    assert few is not None
    assert few.low is None
    assert unpaired_ratio([], [1.0]) is None
