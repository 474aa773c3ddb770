"""The first line of a CSV that is to be taken in: which column is where, and what separates cells.

Raises RequestError for a file that is no export of the history, with what it lacks.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.errors import RequestError
from core.results.csv.columns import RUN_ID
from core.results.csv.lines import cells_of
from core.results.csv.record import RECORD_COLUMNS

DELIMITERS = (",", ";", "\t")
FIELD = "import"
NEEDED = (RUN_ID, *RECORD_COLUMNS)
MOST_NAMED = 12
SEPARATOR = re.compile(r"\s*\"?sep=(.)\"?\s*", re.IGNORECASE)
"""A line before the header that tells Excel what separates cells."""
MARK = "\ufeff"  # which begins a file in UTF-8, as some programs write it


@dataclass(frozen=True)
class Header:
    """The columns in the file's order, and the line that they stand in. Of the readable ones that
    this program writes some may be `missing`; it does not know those that are `unknown`.
    """

    names: tuple[str, ...]
    delimiter: str
    line: int
    missing: tuple[str, ...]
    unknown: tuple[str, ...]

    def is_again(self, cells: Sequence[str]) -> bool:
        """Whether a row is the same header again, as where files were put one after the other, or
        the line before it.
        """
        if SEPARATOR.fullmatch(self.delimiter.join(cells).removeprefix(MARK)):
            return True
        return tuple(cell.strip().removeprefix(MARK) for cell in cells) == self.names


def header_of(lines: Iterator[str], readable: Sequence[str], unread: Sequence[str]) -> Header:
    """Reads the lines up to the header. `readable` columns are those that are compared with the
    record, `unread` ones are known and passed over.
    """
    line, text = _first(lines, after=0)
    delimiters: tuple[str, ...] = DELIMITERS
    if told := SEPARATOR.fullmatch(text):
        delimiters = (told[1], *DELIMITERS)
        line, text = _first(lines, after=line)
    names, delimiter = _split(text, delimiters)
    _refuse_missing(names)
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise _refused(f"the first line has two columns {listed(twice)}.")
    known = {*NEEDED, *readable, *unread}
    return Header(
        names=names,
        delimiter=delimiter,
        line=line,
        missing=tuple(name for name in readable if name not in names),
        unknown=tuple(name for name in names if name not in known),
    )


def _first(lines: Iterator[str], after: int) -> tuple[int, str]:
    for number, line in enumerate(lines, start=after + 1):
        if line.strip():
            return number, line
    raise _refused("it is empty.")


def _split(text: str, delimiters: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """The names by the delimiter that gives most of those that are needed."""
    readings = []
    for delimiter in delimiters:
        try:
            names = tuple(name.strip() for name in cells_of([text], delimiter))
        except ValueError:
            continue
        readings.append((len({*names} & {*NEEDED}), names, delimiter))
    _, names, delimiter = max(readings, default=(0, (), ","), key=lambda reading: reading[0])
    return names, delimiter


def _refuse_missing(names: Sequence[str]) -> None:
    missing = [name for name in NEEDED if name not in names]
    if missing == [*NEEDED]:
        raise _refused(
            f"it is no CSV of the history: its first line names neither {RUN_ID} nor "
            f"{RECORD_COLUMNS[0]}."
        )
    if missing == [*RECORD_COLUMNS]:
        raise _refused(
            f"it has no columns {RECORD_COLUMNS[0]} to {RECORD_COLUMNS[-1]}, which hold all that "
            "was measured: an earlier version of this program exported it. Export it again."
        )
    if missing:
        raise _refused(f"its first line lacks {listed(missing)}.")


def listed(names: Sequence[str]) -> str:
    """Names with commas between, the first ones where there are many."""
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


def _refused(reason: str) -> RequestError:
    return RequestError(FIELD, "the file", reason)
