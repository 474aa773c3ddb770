"""Page by page, for what no table leads to any more."""

import sqlite3
from collections import Counter
from pathlib import Path

from core.results.databases.sqlite import Sqlite
from core.results.rescuing.pages_of_rows import rows_of_pages
from core.results.rescuing.tables import (
    RUNS,
    Column,
    columns_of,
    fits,
    migrations_to,
    opened,
    stored,
    tables_of,
)
from core.results.schema import MIGRATIONS, prepare


class NoRuns(sqlite3.DatabaseError):
    """No page has a row that is like a run."""


def by_pages(copy: Path, fresh: Sqlite) -> int:
    """How many runs were on pages that nothing led to any more."""
    if not fresh.is_there():
        prepare(fresh, migrations_to(_version_by_rows(copy, fresh.path.parent)))
    found = 0
    with opened(fresh.path) as into:
        columns = {table: columns_of(into, table) for table in tables_of(into)}
        into.execute("BEGIN")
        for _, row in rows_of_pages(copy):
            table = next((name for name in columns if fits(row, columns[name])), None)
            if table and stored(into, table, row, columns[table]):
                found += table == RUNS
        into.execute("COMMIT")
    return found


def _version_by_rows(copy: Path, folder: Path) -> int:
    """The version that the file's own row tells, else the newest of those whose runs most rows are
    like. Raises NoRuns where none is like a run.
    """
    runs: dict[int, list[Column]] = {}
    for version in range(1, len(MIGRATIONS["sqlite"]) + 1):
        like = Sqlite(folder / f"{version}.sqlite3", 1.0)
        prepare(like, migrations_to(version))
        with opened(like.path) as made:
            runs[version] = columns_of(made, RUNS)
    told, alike = 0, Counter[int]()
    for number, row in rows_of_pages(copy):
        told = number if not row else told
        alike.update(version for version, columns in runs.items() if fits(row, columns))
    if not alike:
        raise NoRuns("no page of it has runs")
    return told or max(alike, key=lambda version: (alike[version], version))
