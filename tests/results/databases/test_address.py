"""Which database an address names, and what is said of one that cannot be used."""

import sys
from pathlib import Path

import pytest

from core.errors import HistoryError
from core.home import DATABASE_VARIABLE, history_file
from core.results.databases.address import open_database
from core.results.databases.sqlite import Sqlite
from core.results.history import History


@pytest.mark.parametrize("kind", ["postgresql", "postgres", "postgresql+psycopg"])
def test_postgresql_has_three_spellings_and_shows_no_password(kind: str) -> None:
    address = f"{kind}://ana:hidden@db.example:5433/lab?sslpassword=hidden&sslmode=require"
    database = open_database(address, 5.0)
    assert database.kind == "postgresql"
    assert database.name == "postgresql://ana@db.example:5433/lab"


def test_sqlite_is_a_file_and_the_default(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert History().database.name == str(history_file()) == str(home / "history.sqlite3")
    monkeypatch.setenv(DATABASE_VARIABLE, " ")
    assert History().database.name == str(history_file())
    monkeypatch.setenv(DATABASE_VARIABLE, f"sqlite:///{tmp_path}/of@two@s.sqlite3")
    assert History().database.name == f"{tmp_path}/of@two@s.sqlite3"
    other = tmp_path / "a folder?" / "other.sqlite3"
    database = open_database(other, 5.0)
    assert isinstance(database, Sqlite)
    assert database.path == other
    monkeypatch.setenv(DATABASE_VARIABLE, f"sqlite:///{tmp_path}/team.sqlite3")
    assert History().rows() == []
    assert (tmp_path / "team.sqlite3").exists()


@pytest.mark.parametrize(
    "address",
    [
        "mysql://ana:hidden@db/lab",
        "ana:hidden@db/lab",
        "postgresql://ana:hidden@db:port/lab",
        "postgresql://ana:hid@hidden@db/lab",
        "postgresql://ana:p@hid/hidden@db/lab",
        "postgresql://ana:p@hid?hidden@db/lab",
        "sqlite://",
        "hidden",
    ],
)
def test_other_addresses_are_refused_with_the_valid_ones_and_not_repeated(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DATABASE_VARIABLE, address)
    with pytest.raises(HistoryError, match=DATABASE_VARIABLE) as told:
        History().rows()
    assert "hid" not in str(told.value)
    assert told.value.__cause__ is None
    assert "postgresql://" in str(told.value) or "%40" in str(told.value)


def test_a_missing_driver_is_told_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "core.results.databases.postgres", None)
    with pytest.raises(HistoryError, match=r"pip install -r requirements-postgres\.txt") as told:
        History("postgresql://ana:hidden@db/lab").rows()
    assert "hidden" not in str(told.value)
