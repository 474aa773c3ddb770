"""A write-ahead log after a power cut, cut off or gone: what it lost is lost, and nothing else."""

import random
import shutil
import sqlite3
from pathlib import Path

import pytest

from core.results.history import History
from tests.faults.nothing_is_lost.damage import PAGE, readable
from tests.samples import a_result


def with_a_log(tmp_path: Path) -> tuple[Path, Path]:
    """A history whose last runs are still in its write-ahead log, as after a power cut."""
    history = History(tmp_path / "live" / "history.sqlite3")
    history.finish(a_result("run-0"))
    reader = sqlite3.connect(history.database.path)  # type: ignore[attr-defined]
    reader.execute("SELECT count(*) FROM runs").fetchall()
    for number in range(1, 6):
        history.finish(a_result(f"run-{number}", minute=number))
    cut = tmp_path / "cut" / "history.sqlite3"
    cut.parent.mkdir()
    for end in ("", "-wal"):
        source = tmp_path / "live" / f"history.sqlite3{end}"
        shutil.copyfile(source, cut.with_name(source.name))
    reader.close()
    return cut, cut.with_name("history.sqlite3-wal")


def test_a_log_after_a_power_cut_is_read(tmp_path: Path) -> None:
    file, log = with_a_log(tmp_path)
    assert log.stat().st_size > 0
    assert len(History(file).rows()) == 6


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_torn_or_cut_off_log_costs_its_end_alone(tmp_path: Path, share: float) -> None:
    file, log = with_a_log(tmp_path)
    data = log.read_bytes()
    log.write_bytes(data[: int(len(data) * share)])
    history = History(file)
    rows = history.rows()
    assert 1 <= len(rows) < 6
    assert readable(history) == len(rows)
    history.finish(a_result("run-new", minute=9))
    assert len(History(file).rows()) == len(rows) + 1


def test_a_lost_log_leaves_what_the_file_has(tmp_path: Path) -> None:
    file, log = with_a_log(tmp_path)
    log.unlink()
    assert readable(History(file)) >= 1


def test_a_log_that_has_the_first_page_mends_the_file(tmp_path: Path) -> None:
    file, _ = with_a_log(tmp_path)
    data = bytearray(file.read_bytes())
    data[:PAGE] = random.Random(3).randbytes(PAGE)
    file.write_bytes(data)
    history = History(file)
    assert readable(history) == 6
    assert history.rescue is None
