"""Whether a row's latest token completes a stop string, at the same cost for each token."""

from collections.abc import Sequence
from typing import Protocol

from core.engine.token_texts import INCOMPLETE

MOST_PENDING = 16  # tokens of one unfinished character; of bytes that are none there may be more


class Decoder(Protocol):
    """What knows the text of tokens."""

    def decode(self, ids: Sequence[int], skip_special_tokens: bool = True) -> str:
        """The text of some ids."""
        ...


class StopStrings:
    """The end of one row's text, special tokens included: as much as a stop string may begin in.

    Tokens are decoded after those before them, since alone they may lose a blank, or be a part of a
    character.
    """

    def __init__(self, decoder: Decoder, strings: Sequence[str]) -> None:
        self._decoder = decoder
        self._strings = tuple(strings)
        self._kept = max(map(len, strings), default=1) - 1
        self._text = ""
        self._known: list[int] = []
        self._pending: list[int] = []

    def completed_by(self, token: int) -> bool:
        """Whether the row has a stop string with that token, having had none before."""
        if not self._strings:
            return False
        self._pending.append(token)
        known, grown = self._decode(self._known), self._decode([*self._known, *self._pending])
        text = self._text + grown[len(known) :]
        if not grown.endswith(INCOMPLETE) or len(self._pending) == MOST_PENDING:
            self._known, self._pending = self._pending, []
            self._text = text[max(len(text) - self._kept, 0) :]
        return any(string in text for string in self._strings)

    def _decode(self, ids: list[int]) -> str:
        return self._decoder.decode(ids, skip_special_tokens=False)
