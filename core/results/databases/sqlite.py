"""SQLite: one file on this machine, with all that is peculiar to it."""

import contextlib
import errno
import math
import shutil
import sqlite3
import time
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from core.errors import HistoryError
from core.results.databases.database import Database
from core.results.owner import is_of_another_boot

REASONS = {
    "SQLITE_FULL": "the disk is full",
    "SQLITE_BUSY": "another program keeps it locked",
    "SQLITE_LOCKED": "another program keeps it locked",
    "SQLITE_PROTOCOL": "another program keeps it locked",
    "SQLITE_READONLY": "it is read-only",
    "SQLITE_PERM": "access is denied",
    "SQLITE_CANTOPEN": "its file cannot be opened",
    "SQLITE_CORRUPT": "its file is damaged",
    "SQLITE_NOTADB": "its file is not a database",
    "SQLITE_IOERR": "the disk reports an error",
}
UNCLEAR = (REASONS["SQLITE_IOERR"], REASONS["SQLITE_CANTOPEN"])
FIRST = b"SQLite format 3\0"
SMALLEST_BYTES = 512
LEAST_FREE_BYTES = 32_768  # the index of a write-ahead log has so many
BETWEEN_TRIES_S = 0.02
AS_TEXT = partial(str, encoding="utf-8", errors="replace")
"""Bytes that are no text spoil their own row alone, and not the list that it stands in."""
BESIDE = ("SQLITE_CANTOPEN", "SQLITE_READONLY")
"""What SQLite says where it may not make its files beside the database."""


class Sqlite(Database):
    """Each transaction has a connection of its own, so that threads, forked processes and a file
    that was replaced never meet a stale one. A `read_only` one may be read while others write.
    """

    kind = "sqlite"

    def __init__(self, path: Path, busy_timeout_s: float, read_only: bool = False) -> None:
        self.path = path
        self.name = str(path)
        self.busy_timeout_s = busy_timeout_s
        url = URL.create("sqlite", database=str(path))
        how = {"creator": partial(open_to_read, path)} if read_only else {}
        self.engine = create_engine(url, poolclass=NullPool, **how)
        event.listen(self.engine, "connect", self._set_up)
        event.listen(self.engine, "begin", _begin)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """See `Database`."""
        with self._explained(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """See `Database`; waits `busy_timeout_s` for the lock."""
        with self._explained(), self.engine.connect() as connection:
            writer = connection.execution_options(writes=True)
            with writer.begin():
                yield writer

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """See `Database`; from now on readers go on while one writes (journal_mode=WAL)."""
        self._use_write_ahead_log()
        with self.writing() as connection:
            yield connection

    def make_place(self) -> None:
        """The folder of the file. SQLite would write over a file that is shorter than any of its
        own, as if there were none; raises HistoryError for such a one.
        """
        with self._explained():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if self.path.exists() and 0 < self.path.stat().st_size < SMALLEST_BYTES:
                raise sqlite3.DatabaseError(REASONS["SQLITE_NOTADB"])

    def is_there(self) -> bool:
        """Whether the file is."""
        return self.path.exists()

    def is_damaged(self) -> bool:
        """Whether pages of the file are gone or overwritten, the first of which says what it is.
        Changes nothing; what else is wrong is told by its use.
        """
        try:
            with contextlib.closing(open_to_read(self.path)) as connection:
                return connection.execute("PRAGMA quick_check(1)").fetchall() != [("ok",)]
        except sqlite3.Error as error:
            return _reason(error) in (REASONS["SQLITE_CORRUPT"], REASONS["SQLITE_NOTADB"])
        except HistoryError:
            return False

    def is_named(self) -> bool:
        """Whether the file begins as those of SQLite do."""
        with self.path.open("rb") as file:
            return file.read(len(FIRST)) == FIRST

    def stamp(self) -> Hashable:
        """When its files were written last, and their sizes."""
        files = (self.path, log_of(self.path))
        stats = [file.stat() for file in files if file.exists()]
        return tuple((found.st_mtime_ns, found.st_size) for found in stats)

    def identity(self, connection: Connection) -> Hashable:  # noqa: ARG002 - the file tells
        """The file's number on its disk."""
        return self.path.stat().st_ino

    def _use_write_ahead_log(self) -> None:
        deadline = time.monotonic() + self.busy_timeout_s
        with self._explained():
            while not self._switched_to_wal(last_try=time.monotonic() > deadline):
                time.sleep(BETWEEN_TRIES_S)

    def _switched_to_wal(self, last_try: bool) -> bool:
        """SQLite's busy timeout does not cover this switch, hence tries of our own."""
        connection = self.engine.raw_connection()
        try:
            connection.cursor().execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if last_try or _reason(error) != REASONS["SQLITE_BUSY"]:
                raise
            return False
        finally:
            connection.close()
        return True

    def _set_up(self, connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # BEGIN is ours to say, see _begin
        connection.execute(f"PRAGMA busy_timeout={round(self.busy_timeout_s * 1000)}")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.text_factory = AS_TEXT
        connection.create_function("present_s", 0, time.monotonic)
        connection.create_function("silent_s", 2, _silent_s)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error, OSError, UnicodeError) as error:
            reason = _reason(error)
            if reason in UNCLEAR and _is_full(self.path):
                reason = REASONS["SQLITE_FULL"]
            raise HistoryError(f"The history {self.name} fails: {reason}.") from error


def open_to_read(path: Path) -> sqlite3.Connection:
    """A connection that can write nothing; raises HistoryError, or sqlite3's error, without one.

    To read a file with a write-ahead log SQLite makes files beside it. Where it may not, and there
    are none, nobody writes the file, and SQLite may be told so; with a log of changes it may not.
    """
    address = f"{path.absolute().as_uri()}?mode=ro"
    try:
        return _tried(address)
    except sqlite3.OperationalError as error:
        if not path.exists() or not error.sqlite_errorname.startswith(BESIDE):
            raise
        log = log_of(path)
        if log.exists() and log.stat().st_size:
            raise HistoryError(
                f"The history {path} cannot be read: its newest changes are still in {log.name}, "
                "and nothing may be written beside it. Open it once where that is allowed."
            ) from error
        return _tried(f"{address}&immutable=1")


def log_of(path: Path) -> Path:
    """Where SQLite writes what is not yet in the file itself."""
    return path.with_name(f"{path.name}-wal")


def _tried(address: str) -> sqlite3.Connection:
    connection = sqlite3.connect(address, uri=True)
    try:
        connection.execute("PRAGMA schema_version")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _silent_s(seen: float | None, host: str | None) -> float | None:
    """A file with a write-ahead log is used by the processes of one kernel alone: who belongs to
    another boot of it will not speak again.
    """
    if is_of_another_boot(host):
        return math.inf
    return None if seen is None else time.monotonic() - seen


def _begin(connection: Connection) -> None:
    """A transaction that will write says so at once: one that began by reading could not wait
    for the lock, since what it has read might be stale by then.
    """
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _is_full(path: Path) -> bool:
    """Whether the disk is. SQLite says so only of some of the files that it makes."""
    with contextlib.suppress(OSError):
        return shutil.disk_usage(path.parent).free < LEAST_FREE_BYTES
    return False


def _reason(error: Exception) -> str:
    """One clause that says what is wrong."""
    cause = getattr(error, "orig", None) or error
    name = getattr(cause, "sqlite_errorname", "")
    for prefix, reason in REASONS.items():
        if name.startswith(prefix):
            return reason
    if isinstance(cause, OSError):
        return "the disk is full" if cause.errno == errno.ENOSPC else cause.strerror or str(cause)
    return str(cause).rstrip(".")
