"""A CSV file as rows, each with the number of its first line, read a part at a time.

A row that is broken spoils no other: a stray quotation mark would make all that follows one cell,
so reading begins again at the next line that begins a whole row.
"""

import codecs
import csv
import io
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import BinaryIO

LONGEST_ROW = 64_000_000  # characters


@dataclass(frozen=True)
class Row:
    """The cells of a row, or what is wrong with it; `line` is its first one, as editors count."""

    line: int
    cells: tuple[str, ...]
    problem: str | None = None


@contextmanager
def lines_of(file: BinaryIO) -> Iterator[Iterator[str]]:
    """The lines of a text in UTF-8 or, where it says so, in UTF-16, with their ends. Bytes that are
    no text become surrogates, so that they spoil only their own row. The file is left open.
    """
    buffered = io.BufferedReader(file)  # type: ignore[type-var]
    wide = buffered.peek(2)[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    encoding, errors = ("utf-16", "replace") if wide else ("utf-8-sig", "surrogateescape")
    text = io.TextIOWrapper(buffered, encoding, errors, newline="\n")
    try:
        yield iter(partial(text.readline, LONGEST_ROW), "")
    finally:
        text.detach()
        buffered.detach()


def cells_of(lines: Sequence[str], delimiter: str) -> tuple[str, ...]:
    """The cells of the one row that these lines are; raises ValueError where they are not one."""
    csv.field_size_limit(LONGEST_ROW)  # Python's own limit is below a long run's samples
    try:
        rows = list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error as error:
        open_mark = "unexpected end of data" in str(error)
        said = "a quotation mark is not closed" if open_mark else f"it is no CSV ({error})"
        raise ValueError(said) from None
    if len(rows) != 1:
        raise ValueError("a quotation mark stands within a cell")
    return tuple(rows[0])


class Rows:
    """The rows of a file after its header, which has `width` cells; empty rows are passed over."""

    def __init__(self, lines: Iterator[str], first_line: int, delimiter: str, width: int) -> None:
        self._lines = lines
        self._ahead: deque[str] = deque()
        self._line = first_line
        self._delimiter = delimiter
        self._width = width

    def __iter__(self) -> Iterator[Row]:
        while taken := self._balanced():
            row = self._read(taken)
            if row.problem and len(taken) > 1:
                kept = self._lines_of_broken(taken)
                self._ahead.extendleft(reversed(taken[kept:]))
                taken = taken[:kept]
                row = self._read(taken)
            self._line += sum(line.endswith("\n") for line in taken)
            if row.problem or any(row.cells):
                yield row

    def _balanced(self) -> list[str]:
        """Lines from here to where every quotation mark is closed; no line at the file's end."""
        taken: list[str] = []
        is_open, characters = False, 0
        while not taken or (is_open and characters < LONGEST_ROW):
            line = self._ahead.popleft() if self._ahead else next(self._lines, None)
            if line is None:
                break
            taken.append(line)
            is_open ^= line.count('"') % 2 == 1
            characters += len(line)
        return taken

    def _read(self, taken: Sequence[str]) -> Row:
        if not "".join(taken[:1]).strip():
            return Row(self._line, ())
        try:
            cells = cells_of(taken, self._delimiter)
        except ValueError as error:
            return Row(self._line, (), str(error))
        wrong = any(cells) and len(cells) != self._width
        has = f"it has {len(cells)} cell{'' if len(cells) == 1 else 's'}"
        return Row(self._line, cells, f"{has}, and the header {self._width}" if wrong else None)

    def _lines_of_broken(self, taken: Sequence[str]) -> int:
        """How many of these lines are the broken row: those before the next whole row."""
        odd = [at for at, line in enumerate(taken) if line.count('"') % 2]
        closing = dict(pairwise(odd))
        for at in range(1, len(taken)):
            end = closing.get(at, None if at in odd[-1:] else at)
            if end is not None and len(self._read(taken[at : end + 1]).cells) == self._width:
                return at
        return len(taken)
