"""A history whose file is damaged: what can still be read of it goes into a file beside it, and the
damaged one is left as it is.

It is read row by row from a copy, since one page that is gone spoils only what stood on it.
"""

import contextlib
import logging
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.errors import HistoryError
from core.results.databases.database import Database
from core.results.databases.sqlite import Sqlite, log_of
from core.results.schema import MIGRATIONS, prepare

RUNS = "runs"
SMALLEST_ROW_BYTES = 32
TABLES = (RUNS, "experiments", "experiment_runs", "baselines")
UNREADABLE = (sqlite3.Error, OSError, HistoryError, LookupError, TypeError, ValueError)
"""What may be wrong of a file whose every page may be noise."""
logger = logging.getLogger(__name__)
Row = tuple[object, ...]


@dataclass(frozen=True)
class Rescue:
    """A damaged file, and what is used in its place. `good` and `bad` count its runs: those that
    could be read, and those that are known to have been there and could not.
    """

    damaged: Path
    database: Sqlite
    good: int
    bad: int

    @property
    def words(self) -> str:
        """What became of it, for people."""
        could = f"{self.good:,} run{' was' if self.good == 1 else 's were'} read from it"
        not_ = f"{self.bad:,} run{'' if self.bad == 1 else 's'} could not be read"
        return (
            f"The history {self.damaged} is damaged: {could}, {not_}. It was left as it is; what "
            f"was read is in {self.database.path.name} beside it, and new runs go there."
        )


def rescued(database: Database, may_write: bool = True) -> Rescue | None:
    """What takes the place of a damaged file; None where it is sound, or no file of SQLite.

    Raises HistoryError where nothing can be read of it, or nothing may be written beside it.
    """
    if not isinstance(database, Sqlite) or not database.is_damaged():
        return None
    if not may_write:
        raise HistoryError(
            f"The history {database.name} is damaged. What can be read of it is put beside it by "
            "opening it once where that may be written: `python -m core history` does."
        )
    try:
        found = _rescued(database)
    except UNREADABLE as error:
        raise HistoryError(
            f"The history {database.name} is damaged, and nothing could be read of it: {error}. "
            "It was left as it is. Put a copy of it in its place, or use another history "
            "($TRADEOFFS_HOME, $TRADEOFFS_DB)."
        ) from error
    logger.warning("%s", found.words)
    return found


def _rescued(database: Sqlite) -> Rescue:
    """Into the file beside it, whatever that has from an earlier rescue."""
    damaged, migrations = database.path, MIGRATIONS["sqlite"]
    place = damaged.with_name(f"{damaged.stem}.rescued{damaged.suffix}")
    target = Sqlite(place, database.busy_timeout_s)
    with tempfile.TemporaryDirectory(prefix=".rescue-", dir=damaged.parent) as folder:
        copy, fresh = Path(folder) / "copy.sqlite3", Path(folder) / "fresh.sqlite3"
        for file in (damaged, log_of(damaged)):
            if file.exists():
                shutil.copyfile(file, copy if file == damaged else log_of(copy))
        with _opened(copy) as source:
            version = _one(source, "SELECT version FROM schema_version")
            if version > len(migrations):
                raise sqlite3.DatabaseError(f"it has version {version}, of a newer program")
            prepare(Sqlite(fresh, database.busy_timeout_s), migrations[:version])
            with _opened(fresh) as into:
                counts = {table: _copied(source, into, table) for table in _tables(source)}
        prepare(Sqlite(fresh, database.busy_timeout_s), migrations)
        prepare(target, migrations)
        _merge(fresh, target)
    return Rescue(damaged, target, *counts[RUNS])


def _tables(source: sqlite3.Connection) -> list[str]:
    """Those that a file of its version has."""
    there = source.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return [table for table in TABLES if (table,) in there]


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to a file of the rescue's own, also where the file is shorter than it says."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA writable_schema=ON")
        yield connection
    finally:
        connection.close()


def _copied(source: sqlite3.Connection, into: sqlite3.Connection, table: str) -> tuple[int, int]:
    """How many of a table's rows could be read, and how many not."""
    good = bad = 0
    known, last = _rows_of(source, table)
    into.execute("BEGIN")
    for number in range(1, last + 1):
        try:
            row = source.execute(f"SELECT * FROM {table} WHERE rowid = ?", [number]).fetchone()
        except sqlite3.Error:
            bad += 1
            continue
        if row is None:
            bad += number in known
        elif _stored(into, table, row):
            good += 1
        else:
            bad += 1
    into.execute("COMMIT")
    return good, bad


def _stored(into: sqlite3.Connection, table: str, row: Row) -> bool:
    """Whether a row was taken: one of which a part was overwritten may lack what must be there."""
    if any(isinstance(value, bytes) for value in row):
        return False
    places = ", ".join("?" * len(row))
    return into.execute(f"INSERT OR IGNORE INTO {table} VALUES ({places})", row).rowcount == 1


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


def _merge(fresh: Path, target: Sqlite) -> None:
    """Add what the target does not have."""
    with contextlib.closing(sqlite3.connect(target.path, timeout=target.busy_timeout_s)) as into:
        into.execute("ATTACH ? AS fresh", [str(fresh)])
        with into:
            for table in TABLES:
                into.execute(f"INSERT OR IGNORE INTO {table} SELECT * FROM fresh.{table}")
