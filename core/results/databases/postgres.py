"""PostgreSQL: one history for a team, with all that is peculiar to it; needs psycopg."""

import os
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from functools import cache

import psycopg
from sqlalchemy import URL, Connection, Engine, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from core.errors import HistoryError
from core.home import APP_NAME
from core.results.databases.database import Database
from core.results.databases.postgres_reasons import reason

LOCK = 0x7472_6164_656F_6666  # "tradeoff": one advisory lock per database is the write lock
STATEMENT_S, IDLE_S = 120, 60
KEPT, MOST = 2, 8
"""Connections of one process: those that are kept open, and the most at once."""
RECYCLE_S = 1800
CONNECTING = {
    "application_name": APP_NAME,
    "client_encoding": "utf8",
    "connect_timeout": "5",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
READING = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


class Postgres(Database):
    """All databases of one address in a process share its few connections; each is tried before
    it is used, so that a server which was started again is simply met again.
    """

    kind = "postgresql"

    def __init__(self, url: URL, busy_timeout_s: float) -> None:
        self._url = url
        self.name = name_of(url)
        self.busy_timeout_s = busy_timeout_s
        self.engine = engine_of(url)
        self._reader = self.engine.execution_options(**READING)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """See `Database`."""
        with self._explained(), self._reader.connect() as connection:
            self._begin(connection)
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """See `Database`; waits `busy_timeout_s` for the lock."""
        with self.migrating() as connection:
            connection.execute(text("UPDATE changes SET count = count + 1"))
            yield connection

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """See `Database`; the lock is the same."""
        with self._explained(), self.engine.begin() as connection:
            self._begin(connection, f"SELECT pg_advisory_xact_lock({LOCK})")
            yield connection

    def make_place(self) -> None:
        """Its encoding must take every text; raises HistoryError for another one."""
        with self.reading() as connection:
            encoding = connection.execute(text("SHOW server_encoding")).scalar_one()
        if encoding != "UTF8":
            raise HistoryError(
                f"The history {self.name} has the encoding {encoding}, which cannot hold every "
                "text. Create the database with ENCODING 'UTF8'."
            )

    def is_there(self) -> bool:
        """What was taken away is told by the statement that misses it."""
        return True

    def stamp(self) -> Hashable:
        """How often the very tables were written."""
        with self.reading() as connection:
            counted = connection.execute(text("SELECT count FROM changes")).scalar_one()
            return self.identity(connection), counted

    def identity(self, connection: Connection) -> Hashable:
        """The tables' number on their server."""
        return int(connection.execute(text("SELECT CAST('runs' AS regclass)::oid")).scalar_one())

    def close(self) -> None:
        """Give up this process's connections to it; the next use opens new ones."""
        self.engine.dispose()

    def _begin(self, connection: Connection, *further: str) -> None:
        """Bounds for this transaction, so that no lost client and no slow statement keeps the
        others waiting for ever.
        """
        bounds = {
            "lock_timeout": self.busy_timeout_s,
            "statement_timeout": STATEMENT_S,
            "idle_in_transaction_session_timeout": IDLE_S,
        }
        said = [f"SET LOCAL {name} = {round(s * 1000)}" for name, s in bounds.items()]
        connection.exec_driver_sql("; ".join([*said, *further]))

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, psycopg.Error, OSError, UnicodeError) as error:
            why = reason(error, secrets_of(self._url))
            raise HistoryError(f"The history {self.name} fails: {why}.") from error


def name_of(url: URL) -> str:
    """The address for people: no password, and no parameters, which may hold one."""
    shown = URL.create("postgresql", url.username, None, url.host, url.port, url.database)
    return shown.render_as_string()


def secrets_of(url: URL) -> tuple[str, ...]:
    """What must be shown to nobody."""
    hidden = [value for name, value in url.normalized_query.items() if "pass" in name]
    return tuple(filter(None, [url.password, *(part for values in hidden for part in values)]))


@cache
def engine_of(url: URL) -> Engine:
    """The one pool of connections of this process to that address; a forked process begins with
    an empty one.
    """
    engine = create_engine(
        url.set(drivername="postgresql+psycopg").update_query_dict(_defaults(url)),
        pool_size=KEPT,
        max_overflow=MOST - KEPT,
        pool_pre_ping=True,
        pool_recycle=RECYCLE_S,
        pool_timeout=STATEMENT_S / 4,
        hide_parameters=True,
        connect_args={"prepare_threshold": None},
    )
    os.register_at_fork(after_in_child=lambda: engine.dispose(close=False))
    return engine


def _defaults(url: URL) -> dict[str, str]:
    return {name: value for name, value in CONNECTING.items() if name not in url.query}
