"""The dashboard is killed within a sweep, a search, an A/B or a load test that was begun on its
page: the page says so afterwards, and what was measured counts.
"""

import asyncio
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlencode

import pytest

from benchmarks.tabs import open_tab
from core.results.experiments import Experiments, ExperimentStatus
from core.results.history import History
from tests.browser.server import ROOT, Server, serve
from tests.faults.nothing_is_lost.killing import Seen, check_history, device_is_free, left_behind

SMALL = {"repeats": 3, "quality": False}
CELLS = {**SMALL, "repeats": 20, "max_new_tokens": "60,61,62"}  # seconds each, to be killed within
WAIT_S = 240.0


@dataclass(frozen=True)
class Kind:
    """How an experiment is begun on its page, and which parameter of the address then names it."""

    page: str
    link: dict[str, object]
    start: str
    named: str


SWEEP = Kind("sweep", CELLS, "sweep_start", "sweep")
SEARCH = Kind(
    "sweep",
    {**CELLS, "precision": "fp32,bf16", "search": True, "trials": 4},
    "sweep_start",
    "sweep",
)
LOAD = Kind("batching", {"requests": 10, "rate_per_s": 2}, "load_measure", "load")
PAIR = Kind("compare", {**SMALL, "b_precision": "bf16"}, "start_pair", "pair")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A server's folder, with the same device locks here."""
    monkeypatch.setenv("TRADEOFFS_LOCKS", str(tmp_path / "server" / "locks"))
    return tmp_path / "server"


async def begun(server: Server, kind: Kind, model: Path) -> str:
    """The address of an experiment that was begun there."""
    link = urlencode({"model": model, **kind.link})
    async with open_tab(server.url, link, kind.page) as tab:
        await tab.press(kind.start)
        assert kind.named in parse_qs(tab.query), tab.text
        return tab.query


def killed(folder: Path, kind: Kind, model: Path, runs_before: int) -> tuple[str, set[str]]:
    """The address of an experiment that was killed once so many of its runs were measured, and
    those runs.
    """
    with serve(ROOT / "app.py", folder) as server:
        address = asyncio.run(begun(server, kind, model))
        history, deadline = History(server.home / "history.sqlite3"), time.monotonic() + WAIT_S
        while len(done := _done(history)) < runs_before or not _measuring(history):
            assert time.monotonic() < deadline, history.rows()
            time.sleep(0.05)
        os.kill(server.pid, signal.SIGKILL)
        assert left_behind(server.home) == []
        assert device_is_free()
    return address, done


def _done(history: History) -> set[str]:
    return {row.run_id for row in history.rows() if row.status == "done"}


def _measuring(history: History) -> bool:
    """Whether something goes on: a run of its own, or an experiment that has none."""
    return any(row.status == "running" for row in history.rows()) or not history.rows()


async def interrupted_and_resumed(server: Server, kind: Kind, address: str) -> None:
    """The page says that it was interrupted; Resume goes on to the end."""
    history = History(server.home / "history.sqlite3")
    (key,) = parse_qs(address)[kind.named]
    async with open_tab(server.url, address, kind.page) as tab:
        assert "nterrupted" in tab.text
        found = Experiments(history).get(key)
        assert found is not None
        assert found.status is ExperimentStatus.INTERRUPTED
        await tab.press(f"{kind.named}_resume")
        deadline = time.monotonic() + WAIT_S
        while Experiments(history).get(key).status is not ExperimentStatus.DONE:  # type: ignore[union-attr]
            assert time.monotonic() < deadline, tab.text
            await asyncio.sleep(0.2)


@pytest.mark.parametrize("kind", [SWEEP, pytest.param(SEARCH, marks=pytest.mark.soak)])
def test_a_sweep_is_interrupted_and_goes_on_where_it_was(
    folder: Path, tiny_model_folder: Path, kind: Kind
) -> None:
    address, before = killed(folder, kind, tiny_model_folder, runs_before=1)
    with serve(ROOT / "app.py", folder) as server:
        asyncio.run(interrupted_and_resumed(server, kind, address))
        rows = check_history(server.home / "history.sqlite3", Seen(before, before))
        (key,) = parse_qs(address)["sweep"]
        linked = Experiments(History(server.home / "history.sqlite3")).runs(key)
    status = {row.run_id: row.status for row in rows}
    assert {status[run.run_id] for run in linked} <= {"done", "lost"}
    specs = [(row.precision, row.max_new_tokens) for row in rows if row.status == "done"]
    assert len(specs) == len(set(specs)), "a cell that was measured before was measured again"


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_a_load_test_is_interrupted_and_goes_on(folder: Path, tiny_model_folder: Path) -> None:
    address, _ = killed(folder, LOAD, tiny_model_folder, runs_before=0)
    with serve(ROOT / "app.py", folder) as server:
        asyncio.run(interrupted_and_resumed(server, LOAD, address))


@pytest.mark.soak
def test_both_runs_of_a_pair_are_lost_and_the_page_says_so(
    folder: Path, tiny_model_folder: Path
) -> None:
    address, _ = killed(folder, PAIR, tiny_model_folder, runs_before=0)
    with serve(ROOT / "app.py", folder) as server:

        async def look() -> str:
            async with open_tab(server.url, address, "compare") as tab:
                return tab.text

        text = asyncio.run(look())
        rows = check_history(server.home / "history.sqlite3", Seen())
    assert [row.status for row in rows] == ["lost", "lost"]
    assert "lost" in text.lower()
