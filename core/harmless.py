"""Text from outside without the characters that command what shows it."""

import unicodedata

CONTROL = ("Cc", "Cs")
KEPT = "\n\t"
# Marks that turn the direction of what follows: a name can then read as another one.
TURNS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
SIGN = "�"


def harmless(text: str) -> str:
    """The text with a sign in place of each character that commands a terminal, such as those that
    begin an escape, or that turns the direction: a model's output and a stored note may hold
    anything.
    """
    if text.isprintable():
        return text
    return "".join(SIGN if _commands(letter) else letter for letter in text)


def harmless_json(text: str) -> str:
    """A JSON document that says the same, with those characters as JSON's own escapes."""
    if text.isascii():
        return text
    return "".join(f"\\u{ord(letter):04x}" if _commands(letter) else letter for letter in text)


def _commands(letter: str) -> bool:
    return letter in TURNS or (letter not in KEPT and unicodedata.category(letter) in CONTROL)
