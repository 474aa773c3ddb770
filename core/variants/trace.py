"""A recorded load as CSV: when each request came, and how long its prompt and its answer were.

Read as a spreadsheet writes it: commas, semicolons (then a comma is the decimal sign) or tabs, a
byte order mark, any line breaks. All broken rows are named at once, each by its line.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from core.errors import RequestError
from core.variants.trace_cells import Moment
from core.variants.trace_columns import OURS, VALID, TraceRow, columns_of
from core.variants.trace_lines import is_csv, rows_of

LONGEST_TRACE = 20_000_000  # characters
MOST_ROWS = 100_000
NAMED_IN_FULL = 20  # broken rows that are named with what is wrong, the others by line alone
HIGHEST_RATE_PER_S = 100_000.0  # above it, requests come at once


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
        """Requests per second of the whole trace; None where all came at once."""
        return rate_of(self.rows)

    def used(self, requests: int | None, duration_s: float | None) -> tuple[TraceRow, ...]:
        """The rows of a load: the first ones, or those within that time as it was recorded."""
        if duration_s is not None:
            requests = bisect_right(self.rows, duration_s, key=lambda row: row.arrival_s)
        return self.rows[:requests]

    @property
    def notes(self) -> tuple[str, ...]:
        """What was made of the file beyond reading it, in sentences."""
        found = []
        if self.moved:
            where = line_ranges(self.moved)
            found.append(f"Rows were sorted by arrival: {where} stood after later requests.")
        if self.unused:
            found.append(f"Columns that are not used: {', '.join(self.unused)}.")
        return tuple(found)


def rate_of(rows: Sequence[TraceRow]) -> float | None:
    """Requests per second between the first and the last row; None where all come at once."""
    gaps, span_s = len(rows) - 1, rows[-1].arrival_s - rows[0].arrival_s
    return gaps / span_s if 0 < gaps <= span_s * HIGHEST_RATE_PER_S else None


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
    lines = text.split("\n")
    at, first = _first_row(lines)
    columns = columns_of(first)
    found = rows_of(lines, columns.make_one_row, at + first.count("\n"))
    rows = [(line, row) for line, row in found if row.strip() or columns.delimiter in row]
    if len(rows) > MOST_ROWS:
        raise _refused(f"{len(rows):,} rows", f"it may have at most {MOST_ROWS:,}.")
    moments: dict[int, tuple[Moment, TraceRow]] = {}
    broken: dict[int, str] = {}
    for line, row in rows:
        try:
            moments[line] = columns.read(line, row)
        except ValueError as error:
            broken[line] = str(error)
    broken |= _of_another_kind(moments)
    _refuse_broken(broken, len(rows))
    return _sorted_by_arrival([row for _, row in moments.values()], columns.header)


def _first_row(lines: Sequence[str]) -> tuple[int, str]:
    """The first row that is not blank, and the number of its line."""
    for line, row in rows_of(lines, is_csv):
        if row.strip():
            return line, row
    raise _refused("", "it is empty.", VALID)


def _of_another_kind(moments: Mapping[int, tuple[Moment, TraceRow]]) -> dict[int, str]:
    """Lines whose time cannot be held against the first one's, such as without a time zone."""
    kinds = {line: moment.kind for line, (moment, _) in moments.items()}
    first = next(iter(kinds), 0)
    return {
        line: f"its time is {kind}, and that of line {first} is {kinds[first]}"
        for line, kind in kinds.items()
        if kind != kinds[first]
    }


def _refuse_broken(broken: Mapping[int, str], rows: int) -> None:
    if rows == 0:
        raise _refused("", "it has a header and no rows.")
    if not broken:
        return
    named = sorted(broken)[:NAMED_IN_FULL]
    parts = [f"line {line}: {broken[line]}" for line in named]
    if others := sorted(broken)[NAMED_IN_FULL:]:
        parts.append(f"and {line_ranges(others)}")
    what = f"{len(broken)} of {rows} rows"
    raise _refused(what, f"broken: {'; '.join(parts)}.")


def _sorted_by_arrival(rows: Sequence[TraceRow], header: Sequence[str]) -> Trace:
    """By arrival, the first at 0 s."""
    latest, moved = float("-inf"), []
    for row in rows:
        if row.arrival_s < latest:
            moved.append(row.line)
        latest = max(latest, row.arrival_s)
    begun = min(row.arrival_s for row in rows)
    shifted = (
        TraceRow(row.line, row.arrival_s - begun, row.prompt_tokens, row.output_tokens)
        for row in sorted(rows, key=lambda row: row.arrival_s)
    )
    known = [name for name in header if name in OURS]
    unused = [name for name in header if name and name not in known]
    return Trace(tuple(shifted), tuple(known), tuple(unused), tuple(moved))


def line_ranges(lines: Sequence[int]) -> str:
    """`line 3`, or `lines 3, 5 to 9`; the lines stand in order."""
    spans: list[list[int]] = []
    for line in lines:
        if spans and line == spans[-1][1] + 1:
            spans[-1][1] = line
        else:
            spans.append([line, line])
    words = [f"{first}" if first == last else f"{first} to {last}" for first, last in spans]
    return f"line{'s' * (len(lines) > 1)} {', '.join(words)}"


def _refused(value: str, reason: str, valid: Sequence[str] = ()) -> RequestError:
    return RequestError("trace", value, reason, valid)
