"""A history that may not be written: every change is refused, and reading works on files that
cannot be written either.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from core import home
from core.errors import HistoryError, ReadOnly, RequestError
from core.results.experiments import ExperimentKind, Experiments, ExperimentStatus
from core.results.history import History
from core.results.measured import Phase
from core.results.schema import MIGRATIONS, prepare
from core.results.types import now
from tests.results.conftest import an_old_history, sql
from tests.samples import a_result, a_spec
from tests.somebody_else import somebody_else

WHY = "Only looked at."
CHANGES: dict[str, Callable[[History], object]] = {
    "add": lambda history: history.add("run-9", a_spec(), now()),
    "set_phase": lambda history: history.set_phase("run-1", Phase.LOADING),
    "finish": lambda history: history.finish(a_result("run-9")),
    "tag": lambda history: history.tag(["run-1"], ["x"]),
    "untag": lambda history: history.tag(["run-1"], []),
    "annotate": lambda history: history.annotate("run-1", "x"),
    "delete": lambda history: history.delete(["run-1"]),
    "restore": lambda history: history.restore(["run-1"]),
    "mark_lost": lambda history: history.mark_lost(),
    "beat": lambda history: history.beat(),
    "pin": lambda history: history.pin_baseline("smollm2-135m", "run-1"),
    "unpin": lambda history: history.unpin_baseline("smollm2-135m"),
    "begin": lambda history: Experiments(history).begin(ExperimentKind.SWEEP, "t", {}),
    "take_up": lambda history: Experiments(history).take_up("e"),
    "link": lambda history: Experiments(history).link("e", "l", "run-1"),
    "keep": lambda history: Experiments(history).keep("e", {}),
    "end": lambda history: Experiments(history).end("e", ExperimentStatus.DONE),
}


@pytest.fixture
def file() -> Iterator[Path]:
    """A history with a measured run, one that a crash left, and one of this process; where another
    user may read it, unlike pytest's folders.
    """
    with tempfile.TemporaryDirectory() as outer:
        Path(outer).chmod(0o755)
        place = Path(outer) / "place" / "history.sqlite3"
        history = History(place)
        history.finish(a_result("run-1"))
        for run_id in ("run-2", "run-3"):
            history.add(run_id, a_spec(), now())
        sql(history, "UPDATE runs SET owner_started = 1 WHERE run_id = 'run-2'")
        yield place


@contextmanager
def unwritable(file: Path) -> Iterator[None]:
    """The file and its folder cannot be written, also by root, who is somebody else meanwhile."""
    file.chmod(0o444)
    file.parent.chmod(0o555)
    try:
        with somebody_else():
            yield
    finally:
        file.parent.chmod(0o755)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_each_change_is_refused_and_nothing_changes(
    file: Path, change: Callable[[History], object]
) -> None:
    before = file.read_bytes()
    history = History(file, refused=WHY)
    with pytest.raises(ReadOnly, match=WHY) as caught:
        change(history)
    assert isinstance(caught.value, RequestError)
    assert isinstance(caught.value, HistoryError)
    assert str(caught.value) == WHY
    assert file.read_bytes() == before


@pytest.mark.parametrize("word", ["1", "true", "YES", " on "])
def test_the_variable_refuses_too(file: Path, monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setenv(home.READ_ONLY_VARIABLE, word)
    history = History(file)
    assert [row.run_id for row in history.rows()] == ["run-3", "run-2", "run-1"]
    with pytest.raises(ReadOnly, match=home.READ_ONLY_VARIABLE):
        history.tag(["run-1"], ["x"])


@pytest.mark.parametrize("word", ["", "0", "false", "no", "off"])
def test_off_lets_write(file: Path, monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setenv(home.READ_ONLY_VARIABLE, word)
    History(file).tag(["run-1"], ["x"])
    assert History(file).rows()[-1].tags == ("x",)


def test_any_other_word_is_refused_and_not_taken_for_off(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(home.READ_ONLY_VARIABLE, "maybe")
    with pytest.raises(RequestError, match=r"TRADEOFFS_READ_ONLY: 'maybe'.*Valid: 1, true"):
        History(file)


def test_a_file_in_a_folder_that_cannot_be_written_is_read(file: Path) -> None:
    for beside in file.parent.glob("*-*"):
        beside.unlink()
    with unwritable(file):
        history = History(file, refused=WHY)
        assert [row.run_id for row in history.rows()] == ["run-3", "run-2", "run-1"]
        assert history.stamp() == history.stamp()
        assert len(history.candidates(["tpot_s"])) == 1
        with pytest.raises(HistoryError, match="read-only"):
            History(file, refused="").tag(["run-1"], ["x"])


def test_changes_that_only_the_log_has_are_not_passed_over(file: Path) -> None:
    file.with_name(f"{file.name}-wal").write_bytes(b"a change")
    file.with_name(f"{file.name}-shm").unlink(missing_ok=True)
    with unwritable(file), pytest.raises(HistoryError, match="newest changes are still in"):
        History(file, refused=WHY).rows()


def test_an_older_version_is_told_and_left_as_it_is(tmp_path: Path) -> None:
    history = History(tmp_path / "history.sqlite3")
    an_old_history(history, 2, a_result("run-1"))
    with pytest.raises(HistoryError, match="version 2, and this program needs"):
        History(tmp_path / "history.sqlite3", refused=WHY).rows()
    with history.database.reading() as connection:
        assert connection.execute(text("SELECT version FROM schema_version")).scalar() == 2


def test_no_history_is_told_and_none_is_made(tmp_path: Path) -> None:
    missing = tmp_path / "folder" / "history.sqlite3"
    with pytest.raises(HistoryError, match=r"There is no history in .* yet"):
        History(missing, refused=WHY).rows()
    assert not missing.parent.exists()


def test_what_another_process_writes_is_seen(file: Path) -> None:
    reader = History(file, refused=WHY)
    before = reader.stamp()
    History(file).finish(a_result("run-4", minute=9))
    assert "run-4" in {row.run_id for row in reader.rows()}
    assert reader.stamp() != before


def test_a_metric_that_older_runs_lack_is_told_and_no_run_is_left_out(file: Path) -> None:
    sql(History(file), "UPDATE runs SET metrics = '{}' WHERE run_id = 'run-1'")
    reader = History(file, refused=WHY)
    assert reader.rows()[-1].metrics["tpot_s"] is None
    with pytest.raises(HistoryError, match="before this program had a metric"):
        reader.candidates(["tpot_s"])


def test_the_newest_version_needs_nothing(file: Path) -> None:
    prepare(History(file).database, MIGRATIONS["sqlite"])
    assert History(file, refused=WHY).count() == 3
