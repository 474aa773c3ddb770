"""How values are written in a URL and read from it, each kind of value in its own way.

A URL is text from outside: nothing of it is evaluated, and what cannot be read is refused with the
values that can be. Pure functions: they know neither Streamlit nor the session.
"""

import csv
import io
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import RequestError

LONGEST_TEXT = 2_000
MOST_LISTED = 200
LARGEST_WHOLE = 2**53 - 1  # the last whole number that a browser tells from the next one
LARGEST = 1e300
_WHOLE = re.compile(r"[+-]?[0-9]{1,16}")
_DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
YES, NO = ("true", "on", "yes", "1"), ("false", "off", "no", "0")


class Unreadable(Exception):
    """A text that is no value of its kind: a reason, and the values that would do."""

    def __init__(self, reason: str, valid: Sequence[str] = ()) -> None:
        super().__init__(reason)
        self.reason, self.valid = reason, tuple(valid)


@dataclass(frozen=True)
class Kind:
    """A kind of value. `read` raises Unreadable; `write` is its inverse."""

    read: Callable[[str], Any]
    write: Callable[[Any], str] = str


def read(kind: Kind, name: str, given: str) -> Any:
    """The value that a parameter has; raises RequestError in its name."""
    try:
        if len(given) > LONGEST_TEXT:
            raise Unreadable(f"it is too long: a link carries {LONGEST_TEXT:,} characters at most.")
        return kind.read(given)
    except Unreadable as error:
        raise RequestError(name, given, error.reason, error.valid) from None


def whole(low: int = -LARGEST_WHOLE, high: int = LARGEST_WHOLE, valid: Sequence[str] = ()) -> Kind:
    """A whole number within bounds, by default all that a field can hold; `valid` says otherwise
    what would do.
    """
    every = (low, high) == (-LARGEST_WHOLE, LARGEST_WHOLE)
    words = valid or ("a whole number" if every else f"whole numbers from {low} to {high}",)

    def parse(given: str) -> int:
        digits = given.strip()
        if not _WHOLE.fullmatch(digits):
            raise Unreadable("it is no whole number.", words)
        if not low <= int(digits) <= high:
            raise Unreadable("it is out of bounds.", words)
        return int(digits)

    return Kind(parse)


def decimal(low: float = -LARGEST, high: float = LARGEST, valid: Sequence[str] = ()) -> Kind:
    """A number within bounds, by default all that a field can hold; `valid` as for `whole`."""
    every = (low, high) == (-LARGEST, LARGEST)
    words = valid or ("a number such as 0.5" if every else f"numbers from {low:g} to {high:g}",)

    def parse(given: str) -> float:
        digits = given.strip()
        if not _DECIMAL.fullmatch(digits):
            raise Unreadable("it is no number.", words)
        if not low <= float(digits) <= high:
            raise Unreadable("it is out of bounds.", words)
        return float(digits)

    return Kind(parse, lambda value: repr(float(value)).removesuffix(".0"))


def toggle() -> Kind:
    """Yes or no."""

    def parse(given: str) -> bool:
        if given.strip().lower() in (*YES, *NO):
            return given.strip().lower() in YES
        raise Unreadable("it is neither true nor false.", ("true", "false"))

    return Kind(parse, lambda value: str(bool(value)).lower())


def text() -> Kind:
    """A text as it stands."""
    return Kind(str)


def choice(options: Collection[str]) -> Kind:
    """One of a few words."""
    known = tuple(map(str, options))

    def parse(given: str) -> str:
        if given.strip() not in known:
            raise Unreadable("there is no such choice.", known)
        return given.strip()

    return Kind(parse)


def named(words: dict[str, str]) -> Kind:
    """A choice that has a shorter word in a link than on the page: page's words by link's."""
    by_word = choice(words)
    written = {shown: word for word, shown in words.items()}
    return Kind(lambda given: words[by_word.read(given)], lambda value: written[str(value)])


def optional(kind: Kind) -> Kind:
    """The same, or nothing: an empty text."""
    return Kind(
        lambda given: kind.read(given) if given else None,
        lambda value: "" if value is None else kind.write(value),
    )


def listed(kind: Kind, most: int = MOST_LISTED) -> Kind:
    """Several of a kind with commas between them, each once; one with a comma in it is quoted."""

    def parse(given: str) -> list[Any]:
        parts = split(given)
        if len(parts) > most:
            raise Unreadable(f"it lists {len(parts):,} values; there may be {most:,} at most.")
        return list(dict.fromkeys(kind.read(part) for part in parts))

    return Kind(parse, lambda values: joined(map(kind.write, values)))


def split(given: str) -> list[str]:
    """The parts of a text with commas between them; none of an empty one."""
    try:
        rows = list(csv.reader([given], skipinitialspace=True, strict=True)) if given else []
    except csv.Error as error:
        raise Unreadable(f"its quotes do not close: {error}.") from None
    return [part.strip() for part in rows[0]] if rows else []


def joined(parts: Any) -> str:
    """Parts as one text, which `split` takes apart again."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([*parts])
    return line.getvalue()
