"""A text in pieces, with the bundled model's tokenizer and one that strips blanks."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from core.engine.loader import load_tokenizer
from core.engine.token_texts import token_texts

TEXTS = (
    "The quick brown fox",
    " naïve café – 12 €\n\n\tdef f(x):  # 日本語のテキスト",
    "emoji 👩‍👩‍👧 and 🏳️‍🌈!",
    "",
)


@pytest.fixture(scope="module")
def tokenizer(prepared_model: Path) -> Any:
    return load_tokenizer(prepared_model)


@pytest.mark.parametrize("text", TEXTS)
def test_the_pieces_are_the_text_one_for_each_token(tokenizer: Any, text: str) -> None:
    ids = tokenizer(text)["input_ids"]
    whole = tokenizer.decode(ids, skip_special_tokens=True)
    pieces = token_texts(tokenizer, ids, whole)
    assert len(pieces) == len(ids)
    assert "".join(pieces) == whole == text


def test_a_special_token_adds_nothing(tokenizer: Any) -> None:
    ids = [*tokenizer(" a")["input_ids"], tokenizer.eos_token_id, *tokenizer(" b")["input_ids"]]
    assert token_texts(tokenizer, ids, " a b") == (" a", "", " b")


def test_a_text_that_ends_within_a_character_ends_with_its_sign(tokenizer: Any) -> None:
    ids = tokenizer("x 🏳")["input_ids"][:-1]
    whole = tokenizer.decode(ids, skip_special_tokens=True)
    assert whole.endswith("\ufffd")
    assert "".join(token_texts(tokenizer, ids, whole)) == whole


class StrippingTokenizer:
    """Words, of which decoding drops the blank before the first, as sentencepiece does."""

    def decode(self, ids: Sequence[int], **_: Any) -> str:
        return "".join(f" w{token}" for token in ids).removeprefix(" ")


class RewritingTokenizer:
    """Decoding that depends on how many tokens there are, so that no piece can be told apart."""

    def decode(self, ids: Sequence[int], **_: Any) -> str:
        return f"{len(ids)} words"


def test_a_tokenizer_that_strips_the_first_blank_keeps_those_between() -> None:
    assert token_texts(StrippingTokenizer(), [1, 2, 3], "w1 w2 w3") == ("w1", " w2", " w3")


def test_without_pieces_that_make_the_text_there_are_none() -> None:
    assert token_texts(RewritingTokenizer(), [1, 2, 3], "3 words") == ()


def test_random_weights_have_no_pieces(tokenizer: Any) -> None:
    assert token_texts(tokenizer, tokenizer("some text")["input_ids"], "") == ()
