"""Takes runs from a CSV into the history: each row is checked, and what is good is kept.

Rows are read, checked and stored some at a time, each part in one transaction. So a file of any
size needs little memory, other writers never wait for long, and an import that ends early leaves
whole rows; the same file may be imported again, and only what is missing is added.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from core.errors import HistoryError, ReadOnly
from core.results.csv.columns import readable_columns
from core.results.csv.header import Header, header_of
from core.results.csv.lines import Rows, lines_of
from core.results.csv.rows import BadCell, RowReader
from core.results.history import History
from core.results.metric import Metric
from core.results.stored import StoredRun
from core.results.taking_in import Differs, take_in

PART = 50
MOST_NAMED = 10_000


@dataclass(frozen=True)
class BadRow:
    """A row that was left out: its first line in the file, the column at fault, if it is one."""

    line: int
    column: str | None
    reason: str


@dataclass(frozen=True)
class ImportReport:
    """What became of a file's rows. `restored` runs were here and deleted; of `bad` rows the first
    ten thousand are named. `missing` columns were derived anew, `unknown` ones passed over.
    """

    imported: int = 0
    restored: int = 0
    already_here: int = 0
    bad: tuple[BadRow, ...] = ()
    bad_rows: int = 0
    missing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """All rows that were read."""
        return self.imported + self.restored + self.already_here + self.bad_rows


@dataclass
class _Found:
    """Rows of a part: the runs by their lines, and the bad ones."""

    runs: list[tuple[int, StoredRun]] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)


def import_csv(
    history: History,
    file: BinaryIO,
    metrics: Sequence[Metric],
    unread: Sequence[str] = (),
    told: Callable[[ImportReport], None] = lambda _: None,
) -> ImportReport:
    """Take the file's runs into the history. `metrics` are those that a row has, `unread` are
    columns that depend on more than the run, such as a price; `told` hears how far it is.

    Raises RequestError for a file that is no export of the history, ReadOnly where nothing may be
    stored, and HistoryError where the history fails; what was stored before stays.
    """
    if history.refused is not None:
        raise ReadOnly(history.refused)
    columns = readable_columns(metrics)
    with lines_of(file) as lines:
        header = header_of(lines, [name for name, _ in columns], unread)
        report = ImportReport(missing=header.missing, unknown=header.unknown)
        for found in _parts(lines, header, RowReader(header, columns)):
            report = _added(history, found, report)
            told(report)
    return report


def _parts(lines: Iterator[str], header: Header, reader: RowReader) -> Iterator[_Found]:
    found = _Found()
    rows = Rows(lines, header.line + 1, header.delimiter, len(header.names))
    for row in rows:
        if header.is_again(row.cells):
            continue
        try:
            found.runs.append((row.line, reader.read(row)))
        except BadCell as error:
            found.bad.append(BadRow(row.line, error.column, error.reason))
        if len(found.runs) + len(found.bad) >= PART:
            yield found
            found = _Found()
    yield found


def _added(history: History, found: _Found, report: ImportReport) -> ImportReport:
    """The report with a part that was stored."""
    try:
        taken = take_in(history, found.runs)
    except HistoryError as error:
        raise HistoryError(
            f"{error} {report.imported} runs were imported before that; import the file again, "
            "and the others are added."
        ) from error
    bad = sorted([*found.bad, *map(_bad, taken.differing)], key=lambda row: row.line)
    return replace(
        report,
        imported=report.imported + taken.imported,
        restored=report.restored + taken.restored,
        already_here=report.already_here + taken.already_here,
        bad=(*report.bad, *bad[: MOST_NAMED - len(report.bad)]),
        bad_rows=report.bad_rows + len(bad),
    )


def _bad(differs: Differs) -> BadRow:
    return BadRow(differs.line, differs.column, differs.reason)
