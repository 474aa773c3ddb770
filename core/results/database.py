"""The database behind the history: connections, transactions, and errors put into words.

All that is peculiar to SQLite stands here, so that another database can take its place. Knows
nothing of tables or runs.
"""

import errno
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from core.errors import HistoryError

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
BETWEEN_TRIES_S = 0.02


class Database:
    """One SQLite file, not touched before it is used. Each transaction has a connection of its
    own, so that threads, forked processes and a file that was replaced never meet a stale one.
    """

    def __init__(self, path: Path, busy_timeout_s: float = 5.0) -> None:
        self.path = path
        self.busy_timeout_s = busy_timeout_s
        self.engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
        event.listen(self.engine, "connect", self._set_up)
        event.listen(self.engine, "begin", _begin)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A consistent view for reading; raises HistoryError where the database fails."""
        with self._explained(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that holds the write lock from its start, waiting `busy_timeout_s` for it;
        raises HistoryError where the database fails, and then nothing of it was written.
        """
        with self._explained(), self.engine.connect() as connection:
            writer = connection.execution_options(writes=True)
            with writer.begin():
                yield writer

    def make_folder(self) -> None:
        """The folder of the file, made where it is missing."""
        with self._explained():
            self.path.parent.mkdir(parents=True, exist_ok=True)

    def use_write_ahead_log(self) -> None:
        """Let readers go on while one writes (journal_mode=WAL, kept in the file)."""
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

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error, OSError, UnicodeError) as error:
            raise HistoryError(f"The history {self.path} fails: {_reason(error)}.") from error


def _begin(connection: Connection) -> None:
    """A transaction that will write says so at once: one that began by reading could not wait
    for the lock, since what it has read might be stale by then.
    """
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


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
