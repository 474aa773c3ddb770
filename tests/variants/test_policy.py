"""What the batcher decides for those that wait."""

import pytest

from core.errors import RequestError
from core.variants.arrivals import Request
from core.variants.policy import Batch, Batcher, Policy, Wait, build_policy


def waiting(*prompts: int) -> list[Request]:
    """Requests that came one second apart, from 0 s."""
    return [Request(number, float(number), tokens, 4) for number, tokens in enumerate(prompts)]


def batcher(kind: str, **values: object) -> Batcher:
    return Batcher(build_policy({"kind": kind, "batch_size": 3, "timeout_s": 2, **values}))


def numbers(decision: Batch | Wait) -> list[int]:
    assert isinstance(decision, Batch)
    return [request.number for request in decision.requests]


@pytest.mark.parametrize("kind", ["none", "static", "window", "grouped", "continuous"])
def test_nobody_waits_so_nothing_is_served(kind: str) -> None:
    assert batcher(kind).next([], 5.0, True) == Wait(None)
    assert batcher(kind).next([], 5.0, False) == Wait(None)


def test_one_at_a_time() -> None:
    assert numbers(batcher("none").next(waiting(1, 1, 1), 2.0, True)) == [0]


def test_a_static_batch_waits_until_it_is_full_or_nobody_will_come() -> None:
    static = batcher("static")
    assert static.next(waiting(1, 1), 1e9, True) == Wait(None)
    assert numbers(static.next(waiting(1, 1), 1.0, False)) == [0, 1]
    assert numbers(static.next(waiting(1, 1, 1, 1), 3.0, True)) == [0, 1, 2]


@pytest.mark.parametrize("kind", ["window", "grouped"])
def test_a_window_closes_when_the_oldest_has_waited_enough(kind: str) -> None:
    window = batcher(kind)
    assert window.next(waiting(1, 1), 1.5, True) == Wait(2.0)
    assert window.next(waiting(1, 1), 1.5, False) == Wait(2.0)
    assert numbers(window.next(waiting(1, 1), 2.0, True)) == [0, 1]
    assert numbers(window.next(waiting(1, 1, 1, 1), 3.0, True)) == [0, 1, 2]


def test_grouping_takes_the_oldest_and_those_nearest_to_it() -> None:
    grouped = batcher("grouped")
    assert numbers(grouped.next(waiting(50, 90, 52, 10, 49, 90), 5.0, True)) == [0, 2, 4]
    assert numbers(grouped.next(waiting(90, 10, 11, 60, 12), 5.0, True)) == [0, 3, 4]


def test_continuous_batching_fills_free_slots() -> None:
    continuous = batcher("continuous")
    assert numbers(continuous.next(waiting(1, 1, 1, 1), 3.0, True)) == [0, 1, 2]
    assert numbers(continuous.next(waiting(1, 1, 1), 3.0, True, free=1)) == [0]
    assert continuous.next(waiting(1), 3.0, True, free=0) == Wait(None)


def test_a_name_has_the_numbers_that_matter() -> None:
    assert Policy(kind="none").label == "one at a time"
    assert Policy(kind="static", batch_size=4).label == "static 4"
    assert Policy(kind="window", batch_size=4, timeout_s=0.25).label == "window 4, 0.25 s"


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"kind": "dynamic"}, "kind", "continuous"),
        ({"batch_size": 0}, "batch_size", "from 1 to 4096"),
        ({"timeout_s": "inf"}, "timeout_s", "0 to 3600"),
        ({"slots": 3}, "slots", "batch_size"),
    ],
)
def test_what_no_policy_can_be_is_refused(
    values: dict[str, object], field: str, words: str
) -> None:
    with pytest.raises(RequestError) as caught:
        build_policy(values)
    assert caught.value.field == field
    assert words in str(caught.value)
