"""A history whose file is damaged: what can still be read of it goes into a file beside it, and the
damaged one is left as it is.
"""

import contextlib
import logging
import shutil
import sqlite3
import tempfile
from dataclasses import dataclass
from pathlib import Path

from core.errors import HistoryError
from core.results.databases.database import Database
from core.results.databases.sqlite import Sqlite, log_of
from core.results.rescuing.by_pages import NoRuns, by_pages
from core.results.rescuing.by_tables import by_tables
from core.results.rescuing.tables import TABLES
from core.results.schema import prepare

UNREADABLE = (sqlite3.Error, OSError, HistoryError, LookupError, TypeError, ValueError)
"""What may be wrong of a file whose every page may be noise."""
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rescue:
    """A damaged file, and what is used in its place. `good` and `bad` count its runs: those that
    could be read, and those that are known to have been there and could not; None where nothing
    that could be read tells how many there were.
    """

    damaged: Path
    database: Sqlite
    good: int
    bad: int | None

    @property
    def words(self) -> str:
        """What became of it, for people."""
        could = f"{self.good:,} run{' was' if self.good == 1 else 's were'} read from it"
        lost = "how many more there were is not known"
        if self.bad is not None:
            lost = f"{self.bad:,} run{'' if self.bad == 1 else 's'} could not be read"
        return (
            f"The history {self.damaged} is damaged: {could}, {lost}. It was left as it is; what "
            f"was read is in {self.database.path.name} beside it, and new runs go there."
        )


def rescued(database: Database, may_write: bool = True) -> Rescue | None:
    """What takes the place of a damaged file; None where it is sound, or was never a history.

    Raises HistoryError where nothing can be read of it, or nothing may be written beside it.
    """
    if not isinstance(database, Sqlite) or not database.is_damaged():
        return None
    if not may_write:
        if not database.is_named():
            return None
        raise HistoryError(
            f"The history {database.name} is damaged. What can be read of it is put beside it by "
            "opening it once where that may be written: `python -m core history` does."
        )
    try:
        found = _rescued(database)
    except NoRuns as error:
        if not database.is_named():
            return None
        raise _nothing_left(database, error) from error
    except UNREADABLE as error:
        raise _nothing_left(database, error) from error
    logger.warning("%s", found.words)
    return found


def _nothing_left(database: Database, error: Exception) -> HistoryError:
    return HistoryError(
        f"The history {database.name} is damaged, and nothing could be read of it: {error}. It was "
        "left as it is. Put a copy of it in its place, or use another history ($TRADEOFFS_HOME, "
        "$TRADEOFFS_DB)."
    )


def _rescued(database: Sqlite) -> Rescue:
    """Into the file beside it, whatever that has from an earlier rescue."""
    damaged = database.path
    place = damaged.with_name(f"{damaged.stem}.rescued{damaged.suffix}")
    target = Sqlite(place, database.busy_timeout_s)
    with tempfile.TemporaryDirectory(prefix=".rescue-", dir=damaged.parent) as folder:
        copy, fresh = Path(folder) / "copy.sqlite3", Sqlite(Path(folder) / "fresh.sqlite3", 1.0)
        for file in (damaged, log_of(damaged)):
            if file.exists():
                shutil.copyfile(file, copy if file == damaged else log_of(copy))
        good, bad = by_tables(copy, fresh)
        if bad != 0:
            more = by_pages(copy, fresh)
            good, bad = good + more, None if bad is None else max(0, bad - more)
        prepare(fresh)
        prepare(target)
        _merge(fresh.path, target)
    return Rescue(damaged, target, good, bad)


def _merge(fresh: Path, target: Sqlite) -> None:
    """Add what the target does not have."""
    with contextlib.closing(sqlite3.connect(target.path, timeout=target.busy_timeout_s)) as into:
        into.execute("ATTACH ? AS fresh", [str(fresh)])
        with into:
            for table in TABLES:
                into.execute(f"INSERT OR IGNORE INTO {table} SELECT * FROM fresh.{table}")
