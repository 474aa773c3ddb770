"""CSV files of histories for tests: exported as the program does it, changed, and imported."""

import csv
import io
from collections.abc import Callable

from core.analysis.history_csv import history_csv, import_history_csv
from core.results.csv_import import ImportReport
from core.results.history import History
from core.results.stored import StoredRun

Rows = list[dict[str, str]]


def exported(history: History) -> bytes:
    """All runs, at ten cents an hour."""
    return "".join(history_csv(history.in_parts(history.ids()), lambda _: 0.1)).encode()


def imported(history: History, data: bytes) -> ImportReport:
    """What became of a file with these bytes."""
    return import_history_csv(history, io.BytesIO(data))


def stored(history: History) -> list[StoredRun]:
    """Everything of all runs."""
    return [run for part in history.in_parts(history.ids()) for run in part.runs]


def rows_of(data: bytes) -> Rows:
    """The rows as a program reads them."""
    return [*csv.DictReader(io.StringIO(data.decode(), newline=""))]


def written(rows: Rows, delimiter: str = ",") -> bytes:
    """A file of these rows."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def changed(data: bytes, change: Callable[[Rows], object]) -> bytes:
    """The file with its rows changed in place."""
    rows = rows_of(data)
    change(rows)
    return written(rows)
