"""What breaks a history in SQLite: many writers, locks, full disks, foreign and damaged files."""

import multiprocessing
import os
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import event

from core.errors import HistoryError
from core.results.history import History
from tests.results.conftest import again, an_old_history, sql
from tests.samples import a_result
from tests.somebody_else import somebody_else


@pytest.fixture
def history(sqlite_history: History) -> History:
    return sqlite_history


def _write_ten(path: Path, writer: int) -> None:
    history = History(path, busy_timeout_s=30)
    for number in range(10):
        history.finish(a_result(f"run-{writer}-{number}"))


def test_eight_writers_at_once_lose_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A spawned process runs the main module again, and a page under test leaves itself as that.
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    path = tmp_path / "history.sqlite3"
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write_ten, args=(path, i)) for i in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(200)
    assert [writer.exitcode for writer in writers] == [0] * 8
    assert len(History(path).rows()) == 80


def test_a_locked_database_is_told_after_the_busy_timeout(history: History) -> None:
    history.finish(a_result("run-1"))
    other = sqlite3.connect(history.database.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(HistoryError, match="keeps it locked"):
        history.finish(a_result("run-2"))
    assert len(history.rows()) == 1
    other.execute("ROLLBACK")
    other.close()
    history.finish(a_result("run-2"))
    assert len(history.rows()) == 2


def test_a_full_disk_is_told_and_nothing_is_half_written(
    history: History,
) -> None:
    history.finish(a_result("run-1"))

    def no_room(connection: sqlite3.Connection, _: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages}")

    full = again(history)
    event.listen(full.database.engine, "connect", no_room)
    with pytest.raises(HistoryError, match="disk is full"):
        full.finish(
            a_result("run-2", output=a_result().output.model_copy(update={"text": "x" * 100_000}))
        )
    assert [row.run_id for row in history.rows()] == ["run-1"]


def test_a_database_of_the_first_version_had_trained_weights_alone(history: History) -> None:
    an_old_history(history, 1, a_result("run-1"))
    (row,) = history.rows()
    assert (row.run_id, row.weights) == ("run-1", "trained")


def test_a_future_version_is_refused_and_not_touched(history: History) -> None:
    history.finish(a_result("run-1"))
    sql(history, "UPDATE schema_version SET version = 99")
    before = history.database.path.read_bytes()
    with pytest.raises(HistoryError, match="version 99"):
        again(history).rows()
    assert history.database.path.read_bytes() == before


@pytest.mark.parametrize("content", [b"not a database at all, but long enough to be one" * 50])
def test_a_file_that_is_no_database_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "history.sqlite3"
    path.write_bytes(content)
    with pytest.raises(HistoryError, match="not a database"):
        History(path).finish(a_result())
    assert path.read_bytes() == content


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    with pytest.raises(HistoryError, match="not a history"):
        History(path).rows()


@pytest.fixture
def without_rights(history: History) -> Iterator[None]:
    """Lets the test go on as somebody who may read the history's folder and not write it."""
    history.finish(a_result("run-1"))
    folder = history.database.path.parent
    folder.chmod(0o555)
    history.database.path.chmod(0o444)
    root = os.geteuid() == 0
    closed = [parent for parent in folder.parents if parent.stat().st_mode & 0o005 != 0o005]
    modes = {parent: parent.stat().st_mode for parent in closed if root}
    for parent in modes:
        parent.chmod(0o755)
    with somebody_else():
        yield
    for parent, mode in modes.items():
        parent.chmod(mode)
    folder.chmod(0o755)


@pytest.mark.usefixtures("without_rights")
def test_a_read_only_history_is_told(history: History) -> None:
    with pytest.raises(HistoryError, match=r"read-only|cannot be opened"):
        history.finish(a_result("run-2"))


@pytest.mark.usefixtures("without_rights")
def test_a_folder_that_cannot_be_made_is_told(history: History) -> None:
    with pytest.raises(HistoryError, match="Permission denied"):
        History(history.database.path.parent / "sub" / "history.sqlite3").finish(a_result())


def test_a_row_whose_metrics_are_no_json_hides_no_other(history: History) -> None:
    history.finish(a_result("run-1", minute=1))
    history.finish(a_result("run-2", minute=2))
    sql(history, "UPDATE runs SET metrics = '{' WHERE run_id = 'run-1'")
    assert [row.status for row in history.rows()] == ["done", "unreadable"]


def test_the_database_is_in_wal_mode(history: History) -> None:
    history.finish(a_result("run-1"))
    connection = sqlite3.connect(history.database.path)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()
