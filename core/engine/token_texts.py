"""A generated text in pieces, one for each token, so that a page can mark tokens without the
tokenizer.
"""

from collections.abc import Sequence
from typing import Any

INCOMPLETE = "\ufffd"  # what bytes are decoded to that are not yet a whole character


def token_texts(tokenizer: Any, ids: Sequence[int], text: str) -> tuple[str, ...]:
    """What each token adds to the text: put together, the pieces are the text. A special token
    adds nothing, and of tokens that share a character the last one has it.

    Decoded one by one, tokens lose the blanks between them, so that each is decoded after the one
    before it. Empty where a tokenizer's pieces are not the text even so.
    """
    pieces: list[str] = []
    start = read = 0
    for end in range(1, len(ids) + 1):
        known, grown = (_decode(tokenizer, ids[start:upto]) for upto in (read, end))
        if grown.endswith(INCOMPLETE) and end < len(ids):
            pieces.append("")
            continue
        pieces.append(grown[len(known) :])
        start, read = read, end
    return tuple(pieces) if "".join(pieces) == text else ()


def _decode(tokenizer: Any, ids: Sequence[int]) -> str:
    return str(tokenizer.decode(list(ids), skip_special_tokens=True))
