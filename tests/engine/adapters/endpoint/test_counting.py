"""A time for each token, from pieces of text and what the server counts."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from core.engine.adapters.endpoint.answer import Answer, Garbage
from core.engine.adapters.endpoint.counting import count_tokens
from tests.scripted_server import end, piece


def answer(counts: Sequence[object], tokens: object, finish: str = "length") -> Answer:
    """Pieces of text at 0.1 s, 0.2 s, and so on, each with its running count, and an end at 0.9 s;
    a count of None is a piece without one.
    """
    found = Answer(most_tokens=8)
    for number, count in enumerate(counts, start=1):
        usage = {"prompt_tokens": 3, "completion_tokens": count}
        more: dict[str, Any] = {} if count is None else {"usage": usage}
        found.take(json.dumps(piece(f"word{number}", **more)), number / 10)
    found.take(json.dumps(end(3, tokens, finish)), 0.9)
    return found


@pytest.mark.parametrize(
    ("counts", "tokens", "token_s"),
    [
        ((1, 2, 3, 4), 4, (0.1, 0.2, 0.3, 0.4)),
        ((1, 4), 4, (0.1, 0.2, 0.2, 0.2)),
        ((3, 4), 5, (0.1, 0.1, 0.1, 0.2, 0.9)),
        ((1, 1, 2, 2), 2, (0.1, 0.3)),
        ((1.0, 3.0), 3.0, (0.1, 0.2, 0.2)),
        ((None, None, None), 3, (0.1, 0.2, 0.3)),
    ],
)
def test_a_count_that_runs_is_believed(
    counts: Sequence[object], tokens: object, token_s: tuple[float, ...]
) -> None:
    counted = count_tokens(answer(counts, tokens))
    assert (counted.token_s, counted.is_spread) == (token_s, False)


@pytest.mark.parametrize(
    "counts",
    [
        (0, 0, 0, 0),
        (4, 4, 4, 4),
        (1, 1, 1, 1),
        (1, 1, 1, 4),
        (0, 1, 2, 4),
        (1, 2, 3, 6),
        (2, 1, 1, 0),
    ],
)
def test_a_count_that_does_not_run_moves_no_time(counts: Sequence[int]) -> None:
    counted = count_tokens(answer(counts, 4))
    assert (counted.token_s, counted.is_spread) == ((0.1, 0.2, 0.3, 0.4), False)


@pytest.mark.parametrize("counts", [(0, 0), (6, 6), (3, 3), (1, 2)])
def test_without_a_count_that_runs_tokens_are_spread_and_it_is_told(counts: Sequence[int]) -> None:
    counted = count_tokens(answer(counts, 6))
    assert (counted.token_s, counted.is_spread) == ((0.1, 0.1, 0.1, 0.2, 0.2, 0.2), True)


def test_half_a_usage_is_none() -> None:
    found = Answer(most_tokens=8)
    found.take(json.dumps(piece("a", usage={"prompt_tokens": 3})), 0.1)
    found.take(json.dumps(piece("b", usage={"prompt_tokens": 3, "completion_tokens": None})), 0.2)
    found.take(json.dumps(end(3, 2)), 0.9)
    assert count_tokens(found).token_s == (0.1, 0.2)


@pytest.mark.parametrize("count", [3.5, float("inf"), "3", True, -1.0])
def test_what_is_no_count_ends_the_run(count: object) -> None:
    with pytest.raises(Garbage, match="no count"):
        answer((1,), count)
