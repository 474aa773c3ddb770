"""A recorded load as CSV: when each request came, and how long its prompt and its answer were.

Read as a spreadsheet writes it: commas, semicolons (then a comma may be the decimal sign) or tabs,
a byte order mark, any line breaks. All broken rows are named at once, each by its line.
"""

import csv
import io
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from core.errors import RequestError

LONGEST_TRACE = 20_000_000  # characters
MOST_ROWS = 100_000
MOST_TOKENS = 1_000_000
NAMED_IN_FULL = 20  # broken rows that are named with what is wrong, the others by line alone
DELIMITERS = (",", ";", "\t")
TIMES = ("arrival_s", "timestamp")
LENGTHS = ("prompt_tokens", "output_tokens")
# Names that public traces use, in small letters and without signs (Azure LLM inference, BurstGPT).
OTHER_NAMES = {
    "contexttokens": "prompt_tokens",
    "generatedtokens": "output_tokens",
    "requesttokens": "prompt_tokens",
    "responsetokens": "output_tokens",
}
VALID = ("arrival_s or timestamp", "prompt_tokens (optional)", "output_tokens (optional)")


@dataclass(frozen=True, slots=True)
class TraceRow:
    """A request: seconds after the first one, and tokens; None where the trace has no such column.
    `line` is its line in the file, the first of which is 1.
    """

    line: int
    arrival_s: float
    prompt_tokens: int | None
    output_tokens: int | None


@dataclass(frozen=True)
class Trace:
    """Rows by arrival. `unused` columns say nothing here; `moved` are lines that stood after later
    ones.
    """

    rows: tuple[TraceRow, ...]
    columns: tuple[str, ...]
    unused: tuple[str, ...]
    moved: tuple[int, ...]

    @property
    def rate_per_s(self) -> float | None:
        """Requests per second between the first and the last; None where all came at once."""
        span_s = self.rows[-1].arrival_s
        return (len(self.rows) - 1) / span_s if span_s > 0 else None

    @property
    def notes(self) -> tuple[str, ...]:
        """What was made of the file beyond reading it, in sentences."""
        found = []
        if self.moved:
            found.append(f"Rows were sorted by arrival: {line_ranges(self.moved)} came too late.")
        if self.unused:
            found.append(f"Columns that are not used: {', '.join(self.unused)}.")
        return tuple(found)


def decode_trace(data: bytes) -> str:
    """The text of a file: UTF-8, or UTF-16 with a byte order mark, as spreadsheets write them.

    Raises RequestError for anything else.
    """
    utf16 = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        return data.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError:
        reason = "the file is no text in UTF-8 or UTF-16."
        raise RequestError("trace", f"{len(data)} bytes", reason, ("a CSV file",)) from None


def tidy_trace(text: str) -> str:
    """The text without a byte order mark and with one kind of line breaks."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def parse_trace(text: str) -> Trace:
    """The trace that a CSV describes. Raises RequestError for a header without a time, and for
    broken rows, all of which it names.
    """
    return _parse(tidy_trace(text))


@lru_cache(maxsize=4)
def _parse(text: str) -> Trace:
    """Kept, since one load asks for its trace again and again."""
    raise NotImplementedError


def line_ranges(lines: Sequence[int]) -> str:
    """`line 3`, or `lines 3, 5 to 9`."""
    raise NotImplementedError
