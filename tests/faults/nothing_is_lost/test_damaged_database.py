"""A history whose file was torn, cut off, overwritten or mixed up: what can be read loads, what
cannot is counted, and the file stays as it is, byte for byte.
"""

import asyncio
import contextlib
import random
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.tabs import open_tab
from core.__main__ import main
from core.errors import HistoryError
from core.results.history import History
from tests.browser.server import ROOT, serve
from tests.results.conftest import an_old_history, sql
from tests.samples import DAWN, a_result, a_spec

RUNS, PAGE = 60, 4096
Damage = Callable[[bytes, random.Random], bytes]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A history of some runs, closed."""
    file = tmp_path_factory.mktemp("good") / "history.sqlite3"
    history = History(file, refused="")
    for number in range(RUNS):
        history.finish(a_result(f"run-{number:02}", minute=number))
    return file


def torn_page(data: bytes, chance: random.Random) -> bytes:
    """A page is noise; not the first, which says what the file is."""
    at = chance.randrange(1, len(data) // PAGE) * PAGE
    return data[:at] + chance.randbytes(PAGE) + data[at + PAGE :]


def zeroed_page(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(1, len(data) // PAGE) * PAGE
    return data[:at] + bytes(PAGE) + data[at + PAGE :]


def torn_somewhere(data: bytes, chance: random.Random) -> bytes:
    """Some bytes in the middle of whatever stood there."""
    at = chance.randrange(PAGE, len(data) - 300)
    return data[:at] + chance.randbytes(300) + data[at + 300 :]


def cut_off(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data) // 2, len(data))]


def cut_anywhere(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(1, len(data))]


def damaged(good: Path, tmp_path: Path, damage: Damage, seed: int) -> tuple[Path, bytes]:
    file = tmp_path / "history.sqlite3"
    data = damage(good.read_bytes(), random.Random(seed))
    file.write_bytes(data)
    return file, data


def readable(history: History) -> int:
    """How many runs can be read in full; each is as it was stored."""
    full = history.in_full([row.run_id for row in history.rows()])
    for run in full.runs:
        assert run.outcome is not None
        assert run.outcome.run_id == run.run_id
    return len(full.runs)


@pytest.mark.parametrize("damage", [torn_page, zeroed_page, torn_somewhere, cut_off])
@pytest.mark.parametrize("seed", range(3))
def test_what_is_whole_loads_and_the_file_stays(
    good: Path, tmp_path: Path, damage: Damage, seed: int
) -> None:
    """One torn page holds a few runs at most, were it not the table's own root."""
    file, data = damaged(good, tmp_path, damage, seed)
    history = History(file)
    rows = history.rows()
    known = len(rows) + (history.rescue.bad if history.rescue else 0)
    assert known >= RUNS or damage is cut_off
    if damage is not cut_off:
        assert readable(history) >= RUNS - 12
    assert readable(history) > 0
    assert file.read_bytes() == data
    assert not history.rescue or str(history.rescue.bad) in history.rescue.words


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("damage", [torn_page, torn_somewhere, cut_anywhere])
def test_no_damage_of_three_hundred_ends_otherwise(
    good: Path, tmp_path: Path, damage: Damage
) -> None:
    """A history that can be read, or one clause on why it cannot; never anything else."""
    for seed in range(100):
        folder = tmp_path / str(seed)
        folder.mkdir()
        file, data = damaged(good, folder, damage, seed)
        history = History(file)
        with contextlib.suppress(HistoryError):
            readable(history)
            history.finish(a_result("run-new", minute=RUNS))
            assert "run-new" in History(file).ids()
        assert data == file.read_bytes() or history.rescue is None, seed


def test_what_is_measured_afterwards_is_found_again(good: Path, tmp_path: Path) -> None:
    file, data = damaged(good, tmp_path, cut_off, 1)
    history = History(file)
    before = len(history.rows())
    history.add("run-new", a_spec(), DAWN)
    history.finish(a_result("run-new"))
    history.tag(["run-new"], ["kept"])
    again = History(file)
    assert len(again.rows()) == before + 1
    stored = again.get("run-new")
    assert stored is not None
    assert stored.tags == ("kept",)
    assert file.read_bytes() == data
    shutil.copyfile(good, file)
    assert History(file).rescue is None
    assert len(History(file).rows()) == RUNS


def test_a_damaged_history_of_an_earlier_version_is_brought_up_to_date(tmp_path: Path) -> None:
    old = History(tmp_path / "old" / "history.sqlite3")
    outcomes = [a_result(f"run-{number:02}", minute=number) for number in range(RUNS)]
    an_old_history(old, 2, *outcomes)
    file, data = damaged(old.database.path, tmp_path, cut_off, 2)  # type: ignore[attr-defined]
    history = History(file)
    rows = history.rows()
    assert history.rescue is not None
    assert 0 < len(rows) == history.rescue.good < RUNS
    assert file.read_bytes() == data


def test_a_read_only_program_says_how_to_go_on(good: Path, tmp_path: Path) -> None:
    file, data = damaged(good, tmp_path, cut_off, 1)
    with pytest.raises(HistoryError, match="core history"):
        History(file, refused="Only to be looked at.").rows()
    assert file.read_bytes() == data


def test_the_command_line_lists_and_counts(
    good: Path, home: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    home.mkdir()
    file, data = damaged(good, home, cut_off, 1)
    assert main(["history"]) == 0
    assert "run-00" in capsys.readouterr().out
    assert "could not be read" in caplog.text
    assert file.read_bytes() == data


def test_the_page_lists_and_counts(good: Path, tmp_path: Path) -> None:
    home = tmp_path / "server" / "home"
    home.mkdir(parents=True)
    file, data = damaged(good, home, cut_off, 1)

    async def look(url: str) -> str:
        async with open_tab(url, page="history") as tab:
            return tab.text

    with serve(ROOT / "app.py", tmp_path / "server") as server:
        text = asyncio.run(look(server.url))
    assert "is damaged" in text
    assert "could not be read" in text
    assert file.read_bytes() == data


@pytest.mark.parametrize(
    "content",
    [b"\0" * 9000, b"\x7fELF" + bytes(range(256)) * 40, b"x", b"SQLite format 3\0", b"y" * 600],
)
def test_what_never_was_a_history_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "history.sqlite3"
    file.write_bytes(content)
    with pytest.raises(HistoryError, match=r"history\.sqlite3"):
        History(file).rows()
    assert file.read_bytes() == content


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "history.sqlite3").mkdir()
    with pytest.raises(HistoryError, match="cannot be opened"):
        History(tmp_path / "history.sqlite3").rows()


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


def test_a_damaged_history_of_the_future_is_refused_and_kept(good: Path, tmp_path: Path) -> None:
    file = tmp_path / "history.sqlite3"
    shutil.copyfile(good, file)
    sql(History(file), "UPDATE schema_version SET version = 99")
    data = torn_page(file.read_bytes(), random.Random(5))
    file.write_bytes(data)
    with pytest.raises(HistoryError, match=r"version 99|damaged"):
        History(file).rows()
    assert file.read_bytes() == data
    assert not file.with_name("history.rescued.sqlite3").exists()
