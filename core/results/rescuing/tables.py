"""The tables of a file that is being rescued: what they ask of a row, and taking one."""

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.results.migrations.step import Migration
from core.results.schema import MIGRATIONS

RUNS = "runs"
TABLES = (RUNS, "experiments", "experiment_runs", "baselines")
KINDS = {
    "VARCHAR": (str,),
    "TEXT": (str,),
    "INTEGER": (int,),
    "BOOLEAN": (int,),
    "FLOAT": (int, float),
}
Row = tuple[object, ...]


@dataclass(frozen=True)
class Column:
    """What a table asks of a value."""

    name: str
    kinds: tuple[type, ...]
    may_lack: bool
    may_be_null: bool


@contextlib.contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to a file of the rescue's own, also where the file is shorter than it says."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA writable_schema=ON")
        yield connection
    finally:
        connection.close()


def migrations_to(version: int) -> tuple[Migration, ...]:
    """What leads there from an empty file; raises DatabaseError for a version of the future."""
    known = MIGRATIONS["sqlite"]
    if not 0 < version <= len(known):
        raise sqlite3.DatabaseError(f"it has version {version}, of a newer program")
    return known[:version]


def tables_of(source: sqlite3.Connection) -> list[str]:
    """Those that a file of its version has."""
    there = source.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return [table for table in TABLES if (table,) in there]


def columns_of(source: sqlite3.Connection, table: str) -> list[Column]:
    """The columns of a table, in its order."""
    found = source.execute(
        'SELECT name, type, "notnull", dflt_value FROM pragma_table_info(?)', [table]
    )
    return [
        Column(name, KINDS[kind.split("(")[0]], not needed or default is not None, not needed)
        for name, kind, needed, default in found
    ]


def fits(row: Row, columns: Sequence[Column]) -> bool:
    """Whether it may be a row of that table: the kinds of values that it has and lacks."""
    if not row or len(row) > len(columns):
        return False
    here, lacking = columns[: len(row)], columns[len(row) :]
    return all(column.may_lack for column in lacking) and all(
        column.may_be_null if value is None else isinstance(value, column.kinds)
        for value, column in zip(row, here, strict=True)
    )


def stored(into: sqlite3.Connection, table: str, row: Row, columns: Sequence[Column]) -> bool:
    """Whether a row was taken: one of which a part was overwritten may lack what must be there."""
    if any(isinstance(value, bytes) for value in row):
        return False
    names = ", ".join(column.name for column in columns[: len(row)])
    places = ", ".join("?" * len(row))
    insert = f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({places})"
    return into.execute(insert, row).rowcount == 1
