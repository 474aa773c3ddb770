"""Many people and programs at once measure one after the other, by the times that were stored."""

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks.tabs import open_tab
from core.home import history_file
from core.results.history import History
from core.results.types import RunResult
from tests.browser.conftest import with_the_model
from tests.browser.server import ROOT, Server, serve
from tests.faults.soak.day import SHORT, Day

LIMIT_S = 600
MEASURED = f"fresh=true&{SHORT}"
COMMAND = ("run", "--prompt-tokens", "16", "--max-new-tokens", "8", "--no-quality")


@pytest.fixture
def busy(prepared_model: Path, tmp_path: Path) -> Iterator[Server]:
    with serve(ROOT / "app.py", with_the_model(tmp_path / "busy", prepared_model)) as server:
        yield server


@pytest.mark.slow
@pytest.mark.timeout(2 * LIMIT_S)
@pytest.mark.parametrize(
    ("tabs", "grid"),
    [
        (6, "attention=sdpa&precision=bf16"),
        pytest.param(30, "precision=fp32,bf16,fp16&batch_size=1,2&attention=sdpa,eager",
                     marks=pytest.mark.soak),
    ],
)  # fmt: skip
def test_sweeps_runs_and_other_programs_never_measure_at_once(
    busy: Server, prepared_model: Path, tmp_path: Path, tabs: int, grid: str
) -> None:
    """A sweep and a pair on a dashboard that so many tabs poll, and two programs beside it: one
    with the same history, one with its own.
    """
    alone = with_the_model(tmp_path / "alone", prepared_model)
    with program(busy.home, busy) as same, program(alone / "home", busy) as other:
        asyncio.run(a_busy_hour(busy, grid, tabs))
        assert [same.wait(LIMIT_S), other.wait(LIMIT_S)] == [0, 0]
    measured = [*windows(busy.home), *windows(alone / "home")]
    assert len(measured) >= 2 + 1 + 2
    for (_, ended, first), (began, _, second) in pairwise(sorted(measured)):
        assert ended <= began, f"{first} and {second} were measured at once"


async def a_busy_hour(server: Server, grid: str, tabs: int) -> None:
    day = Day(server, seed=1)
    async with contextlib.AsyncExitStack() as stack:
        async with open_tab(server.url, f"{grid}&{MEASURED}", "sweep") as starter:
            await starter.press("sweep_start")
            query = starter.query
        opened = [
            await stack.enter_async_context(open_tab(server.url, query, "sweep"))
            for _ in range(tabs)
        ]
        await asyncio.gather(day.run(SHORT), day.pair(), day.over(query))
        assert all(tab.reruns > 2 for tab in opened), [tab.reruns for tab in opened]


@contextlib.contextmanager
def program(home: Path, server: Server) -> Iterator[subprocess.Popen[bytes]]:
    """A run of the command line with that data folder and the server's locks."""
    locks = server.home.parent / "locks"
    chosen = {"TRADEOFFS_HOME": str(home), "TRADEOFFS_LOCKS": str(locks)}
    command = [sys.executable, "-m", "core", *COMMAND]
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, **chosen},
                          stdout=subprocess.DEVNULL) as started:  # fmt: skip
        yield started


def windows(home: Path) -> list[tuple[datetime, datetime, str]]:
    """When each stored measurement began and ended, and its name; a pair is one measurement."""
    history = History(home / history_file().name)
    found: dict[str, tuple[datetime, datetime, str]] = {}
    for row in history.rows():
        stored = history.get(row.run_id)
        assert stored is not None
        result = stored.outcome
        assert isinstance(result, RunResult), result
        assert result.started_at is not None
        partner = result.pairing.partner_id if result.pairing else row.run_id
        name = min(row.run_id, partner)
        began, ended, _ = found.get(name, (result.started_at, result.finished_at, name))
        found[name] = min(began, result.started_at), max(ended, result.finished_at), name
    return [*found.values()]
