"""A recorded load as CSV: when each request came, and how long its prompt and its answer were.

Read as a spreadsheet writes it: commas, semicolons (then a comma is the decimal sign) or tabs, a
byte order mark, any line breaks. All broken rows are named at once, each by its line.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from core.errors import RequestError
from core.variants.trace_cells import TIMES, Moment, moment_of, tokens_of

LONGEST_TRACE = 20_000_000  # characters
MOST_ROWS = 100_000
NAMED_IN_FULL = 20  # broken rows that are named with what is wrong, the others by line alone
DELIMITERS = (",", ";", "\t")
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
            where = line_ranges(self.moved)
            found.append(f"Rows were sorted by arrival: {where} stood after later requests.")
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
    lines = [(line, row) for line, row in _logical_lines(text) if row.strip(" ,;\t\n")]
    if not lines:
        raise _refused("", "it is empty.", VALID)
    if len(lines) > MOST_ROWS + 1:
        raise _refused(f"{len(lines) - 1:,} rows", f"it may have at most {MOST_ROWS:,}.")
    header, delimiter = _header(lines[0][1])
    moments: dict[int, tuple[Moment, TraceRow]] = {}
    broken: dict[int, str] = {}
    for line, text_of_row in lines[1:]:
        try:
            moments[line] = _row(line, text_of_row, header, delimiter)
        except ValueError as error:
            broken[line] = str(error)
    broken |= _of_another_kind(moments)
    _refuse_broken(broken, len(lines) - 1)
    return _sorted_by_arrival([row for _, row in moments.values()], header)


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Rows with their first line's number. A cell in quotation marks may hold line breaks; a mark
    that nothing closes spoils its own line alone.
    """
    lines = text.split("\n")
    odd = [index for index, line in enumerate(lines) if line.count('"') % 2]
    ends = dict(zip(odd[::2], odd[1::2], strict=False))
    index = 0
    while index < len(lines):
        end = ends.get(index, index)
        yield index + 1, "\n".join(lines[index : end + 1])
        index = end + 1


def _cells(line: str, delimiter: str) -> list[str]:
    """The cells of one row; raises ValueError for what is no CSV."""
    try:
        reader = csv.reader([line + "\n"], delimiter=delimiter, strict=True, skipinitialspace=True)
        return [cell.strip() for cell in next(reader)]
    except csv.Error as error:
        raise ValueError(f"it is no CSV ({error})") from None


def _header(line: str) -> tuple[list[str], str]:
    """Names of the columns, ours where they are known, and what separates them."""
    readings = []
    for delimiter in DELIMITERS:
        try:
            readings.append(([_known(name) for name in _cells(line, delimiter)], delimiter))
        except ValueError as error:
            raise _refused(line, f"the header is broken: {error}.", VALID) from None
    header, delimiter = max(readings, key=lambda reading: len(reading[0]))
    times = [name for name in header if name in TIMES]
    if not times:
        raise _refused(line, "the header has no column for the time of a request.", VALID)
    if len(times) > 1:
        raise _refused(line, f"the header names the time twice: {' and '.join(times)}.", VALID)
    twice = [name for name in LENGTHS if header.count(name) > 1]
    if twice:
        raise _refused(line, f"the header has two columns for {twice[0]}.", VALID)
    return header, delimiter


def _known(name: str) -> str:
    small = name.strip().lower()
    letters = "".join(character for character in small if character.isalpha())
    alike = {"".join(filter(str.isalpha, ours)): ours for ours in (*TIMES, *LENGTHS)}
    return alike.get(letters) or OTHER_NAMES.get(letters, name.strip())


def _row(line: int, text: str, header: Sequence[str], delimiter: str) -> tuple[Moment, TraceRow]:
    """When a request came, and its row; raises ValueError with what is wrong."""
    cells = _cells(text, delimiter)
    if len(cells) > len(header):
        raise ValueError(f"it has {len(cells)} cells and the header {len(header)}")
    given = dict(zip(header, cells, strict=False))
    time = next(name for name in header if name in TIMES)
    moment = moment_of(time, given.get(time, ""), decimal_comma=delimiter == ";")
    prompt, output = (
        tokens_of(name, given.get(name, "")) if name in header else None for name in LENGTHS
    )
    return moment, TraceRow(line, moment.seconds, prompt, output)


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
    known = [name for name in header if name in (*TIMES, *LENGTHS)]
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
