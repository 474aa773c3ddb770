"""A load in a sentence: how many requests, how fast, how long, and what hangs on the seed."""

import pytest

from core.analysis.batching.load_words import load_words
from core.variants.load import build_load

TRACE = "arrival_s,prompt_tokens,output_tokens\n0,10,5\n1,20,6\n4,30,7\n"
PERIODS = {"arrivals": "bursts", "on_s": 10, "off_s": 20, "rate_per_s": 10}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"rate_per_s": 2}, "100 requests, poisson, at 2.00 requests/s; prompts uniform:16-128"),
        ({"trace": TRACE}, "3 requests, trace, at 0.500 requests/s; prompts trace, answers trace"),
        ({"trace": TRACE, "requests": 2}, "2 requests, trace, at 1.00 requests/s"),
        ({"trace": TRACE, "requests": 1}, "1 requests, trace, all at once"),
        ({**PERIODS, "requests": 600}, "10 s on and 20 s off, at 10.0 requests/s; prompts"),
        (
            {**PERIODS, "requests": 100},
            "10 s on and 20 s off, at 30.0 requests/s (none comes after the first pause; "
            "10.0 requests/s in the long run); prompts",
        ),
        ({"arrivals": "bursts", "burst_size": 100}, "bursts of 100, all at once"),
    ],
)
def test_what_comes_and_how_fast(values: dict[str, object], words: str) -> None:
    assert words in load_words(build_load(values))


@pytest.mark.parametrize(
    ("values", "seeded"),
    [
        ({"prompt_lengths": "10", "output_lengths": "5"}, True),
        ({"trace": TRACE}, False),
        ({"trace": TRACE, "output_lengths": "5"}, False),
        ({"trace": TRACE, "output_lengths": "geometric:5"}, True),
    ],
)
def test_a_seed_is_told_where_anything_is_drawn(values: dict[str, object], seeded: bool) -> None:
    assert ("; seed 7." in load_words(build_load({**values, "seed": 7}))) is seeded
