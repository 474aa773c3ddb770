"""Row by row through the tables: one page that is gone spoils only what stood on it."""

import contextlib
import sqlite3
from pathlib import Path

from core.results.databases.sqlite import Sqlite, log_of
from core.results.rescuing.tables import RUNS, columns_of, migrations_to, opened, stored, tables_of
from core.results.schema import prepare

SMALLEST_ROW_BYTES = 32


def by_tables(copy: Path, fresh: Sqlite) -> tuple[int, int | None]:
    """How many runs could be read by number, and how many not; None where there is no way to the
    runs, and nothing is made where there is none to the version.
    """
    with opened(copy) as source:
        try:
            version = _one(source, "SELECT version FROM schema_version")
            tables = tables_of(source)
        except (sqlite3.Error, TypeError):
            return 0, None
        prepare(fresh, migrations_to(version))
        counts: dict[str, tuple[int, int | None]] = {RUNS: (0, None)}
        with opened(fresh.path) as into:
            into.execute("BEGIN")
            for table in tables:
                with contextlib.suppress(sqlite3.Error, TypeError):
                    counts[table] = _copied(source, into, table)
            into.execute("COMMIT")
    return counts[RUNS]


def _copied(
    source: sqlite3.Connection, into: sqlite3.Connection, table: str
) -> tuple[int, int | None]:
    """How many of a table's rows could be read, and how many not; None where no order of it tells
    of any.
    """
    good = bad = 0
    known, last = _rows_of(source, table)
    columns = columns_of(into, table)
    for number in range(1, last + 1):
        try:
            row = source.execute(f"SELECT * FROM {table} WHERE rowid = ?", [number]).fetchone()
        except sqlite3.Error:
            bad += 1
            continue
        if row is None:
            bad += number in known
        elif stored(into, table, row, columns):
            good += 1
        else:
            bad += 1
    return good, bad if known or not bad else None


def _rows_of(source: sqlite3.Connection, table: str) -> tuple[set[int], int]:
    """The numbers of a table's rows as far as any order of it tells, and the last one; where none
    tells, there is no more than one to a page. A number that no file of its size can have is noise.
    """
    pages, page_bytes = (_one(source, f"PRAGMA {name}") for name in ("page_count", "page_size"))
    most = min(pages * page_bytes, _bytes(source)) // SMALLEST_ROW_BYTES
    key = source.execute("SELECT name FROM pragma_table_info(?) WHERE pk = 1", [table]).fetchone()
    known: set[int] = set()
    for order in ("rowid", "rowid DESC", key[0], f"{key[0]} DESC"):
        with contextlib.suppress(sqlite3.Error):
            found = source.execute(f"SELECT rowid FROM {table} ORDER BY {order} LIMIT {most}")
            for (number,) in found:
                known.add(number)
    known = {number for number in known if 0 < number <= most}
    return known, max(known, default=min(pages, most))


def _one(source: sqlite3.Connection, statement: str) -> int:
    return int(source.execute(statement).fetchone()[0])


def _bytes(source: sqlite3.Connection) -> int:
    (file,) = source.execute("SELECT file FROM pragma_database_list WHERE name = 'main'").fetchone()
    files = (Path(file), log_of(Path(file)))
    return sum(one.stat().st_size for one in files if one.exists())
