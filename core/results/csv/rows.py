"""A row of a CSV back to the run that it tells of, or what is wrong with it.

The record is what counts. Every readable cell must agree with it: a spreadsheet may have rounded a
number or cut a long cell, but a value that somebody changed makes the row a bad one.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.results.columns import QUEUED, RUNNING
from core.results.csv.cells import armed, written
from core.results.csv.columns import RUN_ID, STATUS, Column
from core.results.csv.header import Header, listed
from core.results.csv.lines import Row
from core.results.csv.record import RECORD_COLUMNS, SPREADSHEET_CELL, run_of
from core.results.stored import UNREADABLE, StoredRun

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
FEWEST_DIGITS = 6
"""So many significant digits a spreadsheet leaves of a number at least."""
SAME = 1e-9
"""How far, as a share, another machine's arithmetic may move a metric."""
SHOWN = 60
NOT_OVER = (QUEUED, RUNNING)


class BadCell(Exception):
    """What is wrong with a row, and in which column, if it is in one."""

    def __init__(self, reason: str, column: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.column = column


@dataclass(frozen=True)
class RowReader:
    """Reads the rows of a file with that header; `columns` are those that a run has."""

    header: Header
    columns: Sequence[Column]

    def read(self, row: Row) -> StoredRun:
        """The run of a row; raises BadCell."""
        if row.problem:
            raise BadCell(row.problem)
        given = dict(zip(self.header.names, row.cells, strict=True))
        _refuse_no_text(given)
        run = _recorded(given)
        self._compare(given, run)
        return run

    def _compare(self, given: dict[str, str], run: StoredRun) -> None:
        wanted = {name: written(read(run)) for name, read in self.columns if name in given}
        comma = self.header.delimiter == ";"
        wrong = [name for name, value in wanted.items() if not agrees(given[name], value, comma)]
        if not wrong:
            return
        name, others = wrong[0], wrong[1:]
        also = f"; {listed(others)} differ{'s' * (len(others) == 1)} too" if others else ""
        said = f"{_shown(armed(given[name]))} in the row and {_shown(armed(str(wanted[name])))}"
        raise BadCell(f"it is {said} by the run's record{also}", name)


def agrees(cell: str, wanted: str | int | float, decimal_comma: bool = False) -> bool:
    """Whether a cell says what the record does, as far as spreadsheets keep texts and numbers."""
    exact = str(wanted)
    if cell == exact or _one_kind_of_lines(cell) == _one_kind_of_lines(exact):
        return True
    if armed(exact) == cell or cell.lower() == exact.lower() in ("true", "false"):
        return True
    if _units(cell) >= SPREADSHEET_CELL - 1:
        return _one_kind_of_lines(exact).startswith(_one_kind_of_lines(cell))
    number = cell.replace(",", ".") if decimal_comma else cell
    return bool(NUMBER.fullmatch(number) and NUMBER.fullmatch(exact)) and _rounds(exact, number)


def _rounds(exact: str, shown: str) -> bool:
    """Whether a number is the other one, or that one rounded to the digits that it shows."""
    value, given = float(exact), float(shown)
    if math.isclose(value, given, rel_tol=SAME):
        return True
    digits = re.sub(r"[eE].*", "", shown).replace(".", "").lstrip("+-0")
    return len(digits) >= FEWEST_DIGITS and math.isclose(
        given, float(f"{value:.{len(digits)}g}"), rel_tol=SAME
    )


def _recorded(given: dict[str, str]) -> StoredRun:
    pieces = [armed(given[name]) for name in RECORD_COLUMNS]
    if not any(pieces):
        raise _without_record(armed(given[RUN_ID]), given.get(STATUS, ""))
    try:
        return run_of(pieces)
    except ValueError as error:
        raise BadCell(str(error), RECORD_COLUMNS[0]) from None


def _without_record(run_id: str, status: str) -> BadCell:
    if status in NOT_OVER:
        why = f"the run {_shown(run_id)} was {status} when it was exported: it was not over"
        return BadCell(why, STATUS)
    if status == UNREADABLE:
        why = f"the run {_shown(run_id)} was damaged in the history that it was exported from"
        return BadCell(why, STATUS)
    return BadCell("it is empty, so nothing is known of what was measured", RECORD_COLUMNS[0])


def _refuse_no_text(given: dict[str, str]) -> None:
    for name, cell in given.items():
        if not cell.isascii() and any("\ud800" <= character <= "\udfff" for character in cell):
            raise BadCell("it is no text in UTF-8; save the file as CSV UTF-8", name)


def _one_kind_of_lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _units(text: str) -> int:
    """Characters as spreadsheets count them: UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _shown(text: str) -> str:
    if not text:
        return "empty"
    return repr(text if len(text) <= SHOWN else f"{text[:SHOWN]}…")
