"""Stop strings over tokens that are less than a character, and at a cost that does not grow."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from core.engine.adapters.openvino.tokens import Tokens
from core.engine.adapters.stop_strings import MOST_PENDING, StopStrings


class Bytes:
    """A token for each byte; `most` is the most that were decoded at once."""

    most = 0

    def decode(self, ids: Sequence[int], skip_special_tokens: bool = True) -> str:
        """Bytes that are no text yet are decoded as such."""
        assert not skip_special_tokens
        self.most = max(self.most, len(ids))
        return bytes(ids).decode(errors="replace")


def completed_after(text: str | bytes, *strings: str, decoder: Bytes | None = None) -> int | None:
    """How many bytes it takes; None where the text has none of the strings."""
    stops = StopStrings(decoder or Bytes(), strings)
    data = text.encode() if isinstance(text, str) else text
    return next((n for n, byte in enumerate(data, 1) if stops.completed_by(byte)), None)


@pytest.mark.parametrize(
    ("text", "strings", "expected"),
    [
        ("one two three", ("two",), 7),
        ("one two three", ("three", "e t"), 5),
        ("aab", ("ab",), 3),
        ("größer", ("öß",), len("größ".encode())),
        ("🙂🙂🙃", ("🙂🙃",), 12),
        ("stop\n", ("stop",), 4),
        ("one two", ("three",), None),
        ("one two", (), None),
    ],
)
def test_it_is_the_token_that_completes_a_string(
    text: str, strings: tuple[str, ...], expected: int | None
) -> None:
    assert completed_after(text, *strings) == expected


def test_a_string_is_found_before_the_character_behind_it_is_whole() -> None:
    assert completed_after(b"stop\xf0\x9f", "stop") == 4
    assert completed_after(b"\xffstop", "stop") == 5


def test_of_a_long_row_only_its_end_is_decoded() -> None:
    decoder = Bytes()
    assert completed_after("a" * 5000 + "🙂end", "d", decoder=decoder) == 5007
    assert decoder.most <= 8
    assert completed_after(b"\xff" * 500, "end", decoder=decoder) is None
    assert decoder.most <= 2 * MOST_PENDING


def test_with_a_models_tokenizer_it_is_where_the_whole_text_has_the_string(
    prepared_model: Path,
) -> None:
    tokens = Tokens(prepared_model)
    ids = tokens.encode("Ein größerer Text 🙂🙃, with <|im_end|> and\n\nblanks.")
    for string in ("größerer T", "🙂🙃", "<|im_end|>", "and\n\nbl", "blanks."):
        stops = StopStrings(tokens, (string,))
        found = next(n for n, token in enumerate(ids, 1) if stops.completed_by(token))
        whole = [string in tokens.decode(ids[:n], False) for n in range(1, len(ids) + 1)]
        assert found == whole.index(True) + 1
