"""Stop strings as a person types them: one per line, with line breaks and tabs escaped."""

import re
from collections.abc import Iterable

ESCAPES = {"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
MEANING = {typed: letter for letter, typed in ESCAPES.items()}
ESCAPED = re.compile(r"\\[\\ntr]")


def typed_lines(text: str) -> tuple[str, ...]:
    """The stop strings of a text, one per line; `\\n` stands for a line break, `\\t` for a tab, and
    `\\\\` for a backslash before one of these letters. Empty lines say nothing.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    return tuple(ESCAPED.sub(lambda found: MEANING[found[0]], line) for line in lines if line)


def as_typed_lines(texts: Iterable[str]) -> str:
    """Stop strings as they would be typed: the inverse of `typed_lines`."""
    return "\n".join("".join(ESCAPES.get(letter, letter) for letter in text) for text in texts)
