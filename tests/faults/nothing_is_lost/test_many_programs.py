"""Eight programs write into one history at once, beside a dashboard that reads it; the same from
threads and processes of one program is in tests/results/test_history_faults.py.
"""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.tabs import open_tab
from core.results.history import History
from tests.browser.server import ROOT, serve
from tests.faults.nothing_is_lost.killing import Seen, check_history
from tests.sample_csv import exported
from tests.samples import a_result

PROGRAMS, EACH = 8, 60
"""Of sixty runs an import makes two transactions."""


def a_file(folder: Path, writer: int) -> Path:
    """A CSV with runs that no other file has, but for one that all have."""
    source = History(folder / f"{writer}.sqlite3")
    for number in range(EACH - 1):
        source.finish(a_result(f"run-{writer}-{number}", minute=number))
    source.finish(a_result("run-of-all"))
    file = folder / f"{writer}.csv"
    file.write_bytes(exported(source))
    return file


async def _look_meanwhile(url: str, programs: list[subprocess.Popen[str]]) -> None:
    while any(program.poll() is None for program in programs):
        async with open_tab(url, page="history") as tab:
            assert "sqlite3 fails" not in tab.text


def test_eight_programs_and_a_dashboard_lose_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [a_file(tmp_path, writer) for writer in range(PROGRAMS)]
    with serve(ROOT / "app.py", tmp_path / "server") as server:
        monkeypatch.setenv("TRADEOFFS_HOME", str(server.home))
        programs = [
            subprocess.Popen(
                [sys.executable, "-m", "core", "history", "--import", str(file)],
                cwd=ROOT,
                stderr=subprocess.PIPE,
                text=True,
            )
            for file in files
        ]
        asyncio.run(_look_meanwhile(server.url, programs))
        told = [program.communicate()[1] for program in programs]
        assert [program.returncode for program in programs] == [0] * PROGRAMS, told
        names = {f"run-{writer}-{n}" for writer in range(PROGRAMS) for n in range(EACH - 1)}
        names.add("run-of-all")
        rows = check_history(server.home / "history.sqlite3", Seen(names, names))
    assert len(rows) == len(names)
    assert sum("1 run was in the history already" in one for one in told) == PROGRAMS - 1
