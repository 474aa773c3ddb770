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
from tests.faults.nothing_is_lost.damage import (
    PAGE,
    Damage,
    cut_anywhere,
    cut_off,
    readable,
    torn_page,
    torn_somewhere,
    zeroed_page,
)
from tests.results.conftest import an_old_history, sql
from tests.samples import DAWN, a_result, a_spec

RUNS = 60


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A history of some runs, closed."""
    file = tmp_path_factory.mktemp("good") / "history.sqlite3"
    history = History(file, refused="")
    for number in range(RUNS):
        history.finish(a_result(f"run-{number:02}", minute=number))
    return file


def damaged(good: Path, tmp_path: Path, damage: Damage, seed: int) -> tuple[Path, bytes]:
    file = tmp_path / "history.sqlite3"
    data = damage(good.read_bytes(), random.Random(seed))
    file.write_bytes(data)
    return file, data


@pytest.mark.parametrize("damage", [torn_page, zeroed_page, torn_somewhere, cut_off])
@pytest.mark.parametrize("seed", range(3))
def test_what_is_whole_loads_and_the_file_stays(
    good: Path, tmp_path: Path, damage: Damage, seed: int
) -> None:
    """One torn page holds a few runs at most, also where it led to all the others."""
    file, data = damaged(good, tmp_path, damage, seed)
    history = History(file)
    rows = history.rows()
    bad = history.rescue.bad if history.rescue else 0
    assert bad is None or len(rows) + bad >= RUNS or damage is cut_off
    if damage is not cut_off:
        assert readable(history) >= RUNS - 12
    assert readable(history) > 0
    assert file.read_bytes() == data
    assert bad is None or not history.rescue or str(bad) in history.rescue.words


def root_of(table: str) -> Callable[[Path], int]:
    """Where the page is that leads to all of a table."""

    def page(file: Path) -> int:
        with contextlib.closing(sqlite3.connect(file)) as source:
            query = "SELECT rootpage FROM sqlite_master WHERE name = ?"
            return int(source.execute(query, [table]).fetchone()[0])

    return page


@pytest.mark.parametrize("noise", [False, True])
@pytest.mark.parametrize(
    "pages",
    [
        [root_of("runs")],
        [root_of("runs"), root_of("sqlite_autoindex_runs_1")],
        [root_of("schema_version")],
        [lambda _: 1],
        [lambda _: 1, root_of("schema_version"), root_of("runs")],
    ],
)
def test_a_page_that_leads_to_others_costs_none_of_them(
    good: Path, tmp_path: Path, pages: list[Callable[[Path], int]], noise: bool
) -> None:
    """The first page, the table's root, the version: runs stand on none of them."""
    file, data = tmp_path / "history.sqlite3", bytearray(good.read_bytes())
    for page in pages:
        at = (page(good) - 1) * PAGE
        data[at : at + PAGE] = random.Random(at).randbytes(PAGE) if noise else bytes(PAGE)
    file.write_bytes(data)
    history = History(file)
    assert readable(history) == RUNS
    assert history.rescue is not None
    assert history.rescue.bad in (0, None)
    assert file.read_bytes() == bytes(data)


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


@pytest.mark.parametrize("version", [1, 2, 3])
def test_an_earlier_version_is_known_by_its_rows(tmp_path: Path, version: int) -> None:
    old = History(tmp_path / "old" / "history.sqlite3")
    outcomes = [a_result(f"run-{number:02}", minute=number) for number in range(9)]
    an_old_history(old, version, *outcomes)
    file = tmp_path / "history.sqlite3"
    data = bytearray(old.database.path.read_bytes())  # type: ignore[attr-defined]
    data[: 2 * PAGE] = bytes(2 * PAGE)
    file.write_bytes(data)
    history = History(file)
    assert readable(history) == 9
    assert [row.weights for row in history.rows()] == ["trained"] * 9


@pytest.mark.parametrize("damage", [torn_page, lambda data, _: bytes(PAGE) + data[PAGE:]])
def test_a_damaged_history_of_the_future_is_refused_and_kept(
    good: Path, tmp_path: Path, damage: Damage
) -> None:
    file = tmp_path / "history.sqlite3"
    shutil.copyfile(good, file)
    sql(History(file), "UPDATE schema_version SET version = 99")
    data = damage(file.read_bytes(), random.Random(5))
    file.write_bytes(data)
    with pytest.raises(HistoryError, match=r"version 99|damaged"):
        History(file).rows()
    assert file.read_bytes() == data
    assert not file.with_name("history.rescued.sqlite3").exists()
