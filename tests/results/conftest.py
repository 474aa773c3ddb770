"""An empty history, and SQL against its file as another program would write it."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text

from core.results import schema
from core.results.columns import outcome_columns, spec_columns, stamp, tags_column
from core.results.database import Database
from core.results.history import History
from core.results.types import Outcome


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "history.sqlite3", busy_timeout_s=0.2)


def sql(history: History, statement: str) -> None:
    """Carry out a statement on the history's database, past all its checks."""
    connection = sqlite3.connect(history.path)
    with connection:
        connection.execute(statement)
    connection.close()


def an_old_history(history: History, version: int, *outcomes: Outcome) -> None:
    """Make the history's file as the program of an earlier version left it, with these runs."""
    database = Database(history.path)
    schema.prepare(database, schema.MIGRATIONS[:version])
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
