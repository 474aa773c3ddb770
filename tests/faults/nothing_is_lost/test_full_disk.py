"""A real full disk under the running dashboard: the result is kept in memory and offered, and saved
once there is room.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.tabs import Tab, open_tab
from core.results.history import History
from tests.browser.server import ROOT, Server, serve
from tests.faults.nothing_is_lost.killing import Seen, a_small_run, check_history, job_of

SIZE = "4m"
WAIT_S = 60.0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A server's folder whose data folder is a file system of its own with little room."""
    home = tmp_path / "server" / "home"
    home.mkdir(parents=True)
    if not _mounted("-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", home):
        pytest.skip("needs the right to mount a file system")
    yield home.parent
    subprocess.run(["umount", "--lazy", home], check=True)


def _mounted(*what: str | Path) -> bool:
    asked = ["mount", *map(str, what)]
    return os.geteuid() == 0 and subprocess.run(asked, capture_output=True).returncode == 0


def fill(home: Path) -> Path:
    """A file that takes all the room that is left."""
    file = home / "something_large"
    with file.open("wb", buffering=0) as out:
        for size in (65536, 4096, 512, 1):
            try:
                while True:
                    out.write(b"x" * size)
            except OSError:
                continue
    return file


async def until(tab: Tab, button: str) -> None:
    """Wait until the page has that button."""
    for _ in range(round(WAIT_S / 0.1)):
        if button in tab.buttons:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"no {button}: {tab.text}")


async def measured(tab: Tab) -> str:
    """The id of a run that was measured just now."""
    await tab.press("run")
    job = job_of(tab)
    assert job is not None
    await until(tab, "pin_baseline")
    return job


async def _with_a_full_disk(server: Server, link: str) -> set[str]:
    async with open_tab(server.url, link) as tab:
        first = await measured(tab)
        large = fill(server.home)
        second = await measured(tab)
        await until(tab, "save_again")
        assert "One result is not saved" in tab.text
        assert "disk is full" in tab.text
        await tab.press("save_again")
        assert "One result is not saved" in tab.text
        large.unlink()
        await tab.press("save_again")
        assert "not saved" not in tab.text
    return {first, second}


def test_a_result_outlives_a_full_disk(small_disk: Path, tiny_model_folder: Path) -> None:
    with serve(ROOT / "app.py", small_disk) as server:
        link = a_small_run(tiny_model_folder)
        ids = asyncio.run(_with_a_full_disk(server, link))
        check_history(server.home / "history.sqlite3", Seen(ids, ids))


def test_a_disk_that_is_full_from_the_start_is_told(
    small_disk: Path, tiny_model_folder: Path
) -> None:
    fill(small_disk / "home")

    async def use(server: Server) -> str:
        async with open_tab(server.url, a_small_run(tiny_model_folder)) as tab:
            return tab.text

    with serve(ROOT / "app.py", small_disk) as server:
        text = asyncio.run(use(server))
    assert "disk is full" in text


@pytest.mark.soak
def test_what_the_command_line_measured_on_a_full_disk_is_told(
    small_disk: Path, tiny_model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = small_disk / "home"
    monkeypatch.setenv("TRADEOFFS_HOME", str(home))
    History(home / "history.sqlite3").rows()
    fill(home)
    flags = ["--model", str(tiny_model_folder), "--max-new-tokens", "4", "--repeats", "3"]
    command = [sys.executable, "-m", "core", "run", *flags, "--no-quality", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert "disk is full" in done.stderr, done.stderr
    assert '"run_id"' in done.stdout  # all of it is in the person's hands
