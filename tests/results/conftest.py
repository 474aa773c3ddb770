"""An empty history in either database, and SQL against it as another program would write it."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from core.results import schema
from core.results.columns import outcome_columns, spec_columns, stamp, tags_column
from core.results.databases.sqlite import Sqlite
from core.results.history import History
from core.results.types import Outcome
from tests.postgres_server import PostgresServer

BUSY_TIMEOUT_S = 0.2


@pytest.fixture(params=["sqlite", "postgresql"])
def history(request: pytest.FixtureRequest) -> History:
    """In SQLite, and once more in PostgreSQL."""
    name = "sqlite_history" if request.param == "sqlite" else "postgres_history"
    found: History = request.getfixturevalue(name)
    return found


@pytest.fixture
def sqlite_history(tmp_path: Path) -> History:
    return History(tmp_path / "history.sqlite3", busy_timeout_s=BUSY_TIMEOUT_S)


@pytest.fixture
def postgres_history(postgres_database: str) -> History:
    return History(postgres_database, busy_timeout_s=BUSY_TIMEOUT_S)


@pytest.fixture
def empty_database(postgres: PostgresServer) -> Iterator[str]:
    """The address of a database of the test's own."""
    address = postgres.create("own")
    yield address
    History(address).database.close()
    postgres.execute("DROP DATABASE own WITH (FORCE)")


def is_sqlite(history: History) -> bool:
    return isinstance(history.database, Sqlite)


def again(history: History) -> History:
    """The same history as another process would open it."""
    return History(history.address, BUSY_TIMEOUT_S)


def address_of(history: History) -> str:
    """What another process would find in `$TRADEOFFS_DB`."""
    return f"sqlite:///{history.address}" if is_sqlite(history) else str(history.address)


def sql(history: History, statement: str) -> None:
    """Carry out a statement on the history's database, past all its checks."""
    if is_sqlite(history):
        connection = sqlite3.connect(history.database.path)
        with connection:
            connection.execute(statement)
        connection.close()
    else:
        with psycopg.connect(str(history.address), autocommit=True) as server:
            server.execute(statement.encode())


def an_old_history(history: History, version: int, *outcomes: Outcome) -> None:
    """Make the history's file as the program of an earlier version left it, with these runs."""
    database = history.database
    schema.prepare(database, schema.MIGRATIONS["sqlite"][:version])
    with database.writing() as connection:
        kept = {row.name for row in connection.execute(text("PRAGMA table_info(runs)"))}
        for outcome in outcomes:
            added = {"run_id": outcome.run_id, "submitted_at": stamp(outcome.submitted_at)}
            people = {"tags": tags_column(()), "note": "", "deleted": False}
            all_columns = {
                **spec_columns(outcome.spec), **outcome_columns(outcome), **added, **people
            }  # fmt: skip
            columns = {name: value for name, value in all_columns.items() if name in kept}
            places = ", ".join(f":{name}" for name in columns)
            statement = f"INSERT INTO runs ({', '.join(columns)}) VALUES ({places})"
            connection.execute(text(statement), columns)
