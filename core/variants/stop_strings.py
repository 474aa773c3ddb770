"""Stop strings as a person types them: one per line, with line breaks and tabs escaped."""

import re
from collections.abc import Iterable

ESCAPES = {"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
MEANING = {typed: letter for letter, typed in ESCAPES.items()}
ESCAPED = re.compile(r"\\[\\ntr]")


def typed_lines(text: str) -> tuple[str, ...]:
    """The stop strings of a text, one per line. Empty lines say nothing."""
    lines = text.replace("\r\n", "\n").split("\n")
    return tuple(typed(line) for line in lines if line)


def typed(text: str) -> str:
    """One stop string; `\\n` stands for a line break, `\\t` for a tab, and `\\\\` for a backslash
    before one of these letters.
    """
    return ESCAPED.sub(lambda found: MEANING[found[0]], text)


def as_typed_lines(texts: Iterable[str]) -> str:
    """Stop strings as they would be typed: the inverse of `typed_lines`."""
    return "\n".join(map(as_typed, texts))


def as_typed(text: str) -> str:
    """One stop string as it would be typed: the inverse of `typed`."""
    return "".join(ESCAPES.get(letter, letter) for letter in text)
