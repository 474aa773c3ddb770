"""Synthetic prompts in words: as long as asked, nearly so and told, or refused."""

import re
from typing import Any

import pytest

from core.errors import RequestError
from tests.engine.adapters.endpoint.starting import Start
from tests.scripted_server import Reply, Scripted, end, piece


def reading(per_word: float = 1.0, before: int = 0) -> Scripted:
    """A server of texts that reads so many tokens in each word, and in its chat template."""

    def answer(body: dict[str, Any]) -> Reply:
        words = len(body["messages"][0]["content"].split())
        tokens = body["max_tokens"]
        read = before + max(1, int(per_word * words))
        return Reply([*[piece("a")] * tokens, end(read, tokens)])

    return Scripted(answer, routes=("/v1/chat/completions",))


@pytest.mark.parametrize(
    ("server", "wanted"),
    [
        (reading(), 8),
        (reading(before=30), 31),
        (reading(before=30), 512),
        (reading(per_word=2.0, before=4), 64),
        (reading(per_word=0.5), 100),
    ],
)
def test_as_many_words_as_make_up_the_tokens(server: Scripted, wanted: int, start: Start) -> None:
    runner = start(server, prompt_tokens=wanted, max_new_tokens=2)
    runner.step()
    assert runner.describe().prompt_lengths == (wanted,)
    facts = runner.endpoint()
    assert (facts.prompt_asked, facts.prompt_read) == (wanted, (wanted,))


def test_a_length_below_that_of_the_chat_template_is_refused(start: Start) -> None:
    told = re.escape("prompt_tokens: 8: the server reads more even in a single word")
    with pytest.raises(RequestError, match=told) as raised:
        start(reading(before=30), prompt_tokens=8)
    assert (raised.value.field, raised.value.valid) == ("prompt_tokens", ("whole numbers from 31",))


def test_a_length_that_no_number_of_words_has_is_refused_with_the_nearest(start: Start) -> None:
    with pytest.raises(RequestError, match="no number of words") as raised:
        start(reading(per_word=12.0), prompt_tokens=30)
    assert raised.value.valid == ("36",)


def test_a_small_difference_is_told_beside_what_was_asked(start: Start) -> None:
    runner = start(reading(per_word=3.0), prompt_tokens=64, max_new_tokens=2)
    runner.step()
    facts = runner.endpoint()
    assert (facts.prompt_asked, facts.prompt_read) == (64, (63,))
