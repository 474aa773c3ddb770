"""The order of turns, and when they end, with repeats that take known times."""

from collections.abc import Iterator
from typing import Any, cast

import pytest

from core.engine.turns import Decision, Turns, take_turns
from core.results.types import Stopped
from core.variants.pairing import PairPlan

Order = list[str]


@pytest.fixture
def order() -> Order:
    return []


@pytest.fixture
def sides(order: Order) -> tuple[Turns, Turns]:
    """A takes a second and B `seconds` of its own, both to a per mille or so."""
    scatter = iter(1 + 0.001 * (i % 7) for i in range(10_000))

    def side(name: str) -> Turns:
        runner = KnownTimes(name, order, scatter)
        return Turns(runner, begin=lambda: None, read_clock=lambda: None)

    return side("A"), side("B")


class KnownTimes:
    """A runner that takes `seconds` of its own, scattered, and notes its turns."""

    def __init__(self, name: str, order: Order, scatter: Iterator[float]) -> None:
        self.name = name
        self.seconds = 1.0
        self._order = order
        self.scatter = scatter

    def headline(self) -> tuple[float, int]:
        self._order.append(f"H{self.name}")
        return self.seconds * next(self.scatter), 4

    def step(self) -> tuple[tuple[float, ...], int]:
        self._order.append(f"S{self.name}")
        return (0.1, self.seconds), 4


def slowed(side: Turns, seconds: float) -> Turns:
    cast(KnownTimes, side.runner).seconds = seconds
    return side


def decided(a: Turns, b: Turns, **plan: Any) -> Decision:
    return take_turns(a, b, PairPlan(**{"most_pairs": 60, **plan}), lambda *_: None)


def blocks(order: Order) -> Iterator[str]:
    for start in range(0, len(order), 4):
        yield " ".join(order[start : start + 4])


def test_the_two_take_turns_in_blocks_and_step_repeats_end_first(
    sides: tuple[Turns, Turns], order: Order
) -> None:
    a, b = sides
    decision = decided(a, b, most_pairs=16, smallest_effect=0.001)
    assert decision.look.pairs == len(a.passes.e2e_s) == len(b.passes.e2e_s)
    found = list(blocks(order))
    assert found[:2] == ["HA HB HB HA", "SA SB SB SA"]
    assert set(found) == {"HA HB HB HA", "SA SB SB SA"}
    assert len(a.passes.token_s) == len(b.passes.token_s) == min(12, decision.look.pairs)


def test_a_clear_difference_ends_at_the_first_look(sides: tuple[Turns, Turns]) -> None:
    decision = decided(sides[0], slowed(sides[1], 1.5))
    assert (decision.stopped, decision.look.pairs) == (Stopped.DECIDED, 6)


def test_a_difference_that_does_not_matter_ends_early_too(sides: tuple[Turns, Turns]) -> None:
    decision = decided(sides[0], slowed(sides[1], 1.01), smallest_effect=0.05)
    assert (decision.stopped, decision.look.pairs) == (Stopped.EQUIVALENT, 6)


def test_scatter_without_a_difference_ends_with_the_most_pairs(
    sides: tuple[Turns, Turns],
) -> None:
    wild = iter([1.0, 1.6, 0.7, 1.2, 0.9, 1.3, 1.1, 0.8] * 100)
    for side in sides:
        cast(KnownTimes, side.runner).scatter = wild
    decision = decided(*sides, most_pairs=11)
    assert (decision.stopped, decision.look.pairs) == (Stopped.MOST_PAIRS, 10)


def test_progress_counts_pairs_and_the_clock_is_read_twice(
    sides: tuple[Turns, Turns],
) -> None:
    for side in sides:
        clocks = iter((2600.0, 2500.0))
        side.read_clock = clocks.__next__
    told: list[tuple[int, int | None]] = []
    take_turns(
        sides[0],
        slowed(sides[1], 1.5),
        PairPlan(most_pairs=60),
        lambda done, total: told.append((done, total)),
    )
    assert told == [(0, 60), (2, 60), (4, 60)]
    assert sides[0].passes.clock_mhz == sides[1].passes.clock_mhz == [2600.0, 2500.0]


def test_each_turn_says_whose_it_is(sides: tuple[Turns, Turns]) -> None:
    seen: list[str] = []
    a, b = sides
    a.begin, b.begin = lambda: seen.append("a"), lambda: seen.append("b")
    decided(a, slowed(b, 1.5))
    assert "".join(seen[:4]) == "abba"
