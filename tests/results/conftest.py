"""An empty history, and SQL against its file as another program would write it."""

import sqlite3
from pathlib import Path

import pytest

from core.results.history import History


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "history.sqlite3", busy_timeout_s=0.2)


def sql(history: History, statement: str) -> None:
    """Carry out a statement on the history's database, past all its checks."""
    connection = sqlite3.connect(history.path)
    with connection:
        connection.execute(statement)
    connection.close()
