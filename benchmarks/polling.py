"""Does watching a run disturb it? Ten open tabs that poll a running job, against none.

The job is started through the dashboard's own page, and the tabs follow it as a browser would.
Blocks alternate A B B A, so that a drift of the machine falls on both. The noise beside it is
what two blocks *without* tabs differ by.
"""

import asyncio
import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs

from benchmarks.rows import Ratio, Row, ratio_of_pairs
from benchmarks.runs import run_bundled
from benchmarks.tabs import Tab, open_tab
from core.home import history_file
from core.jobs.manager import JobManager
from core.results.history import History
from core.results.statistics import median
from core.results.types import RunResult
from tests.browser.server import ROOT, Server, serve

TABS = 10
CYCLES = 5
WORKLOAD = {"max_new_tokens": 16, "repeats": 8, "warmup": 2}
RUN_LIMIT_S = 300.0


def measure(folder: Path) -> Iterator[Row]:
    """The ratio of `e2e_s` with tabs to without, beside the noise of runs without."""
    with JobManager() as manager:
        template = run_bundled(manager, **WORKLOAD).run_id
    with serve(ROOT / "app.py", folder) as server:
        asyncio.run(_block(server, template, tabs=0))
        alone: list[float] = []
        watched: list[float] = []
        for turn in range(CYCLES):
            for tabs in (0, TABS, TABS, 0):
                seconds = asyncio.run(_block(server, template, tabs))
                (watched if tabs else alone).append(seconds)
                print(f"  cycle {turn + 1}: {tabs} tabs: {seconds:.4f} s", file=sys.stderr)
    ratio = ratio_of_pairs(list(zip(watched, alone, strict=True)))
    noise = ratio_of_pairs(list(zip(alone[::2], alone[1::2], strict=True)))
    yield _row(ratio, noise, alone, watched)


def _row(ratio: Ratio, noise: Ratio, alone: list[float], watched: list[float]) -> Row:
    spread = (max(alone) - min(alone)) / (median(alone) or 1)
    return Row(
        f"e2e_s with {TABS} polling tabs / with none",
        ratio,
        "changes less than runs without tabs scatter",
        abs(ratio.value - 1) < spread,
        {
            "alone_s": alone,
            "watched_s": watched,
            "spread_of_alone": spread,
            "alone_to_alone": noise.value,
        },
    )


async def _block(server: Server, template: str, tabs: int) -> float:
    """Median `e2e_s` of one run started through the page, with so many tabs following it."""
    async with open_tab(server.url, f"job={template}") as starter:
        await starter.press("run")
        run_id = _followed(starter)
    if run_id == template:
        raise RuntimeError("Run started nothing")
    async with contextlib.AsyncExitStack() as stack:
        opened = [
            await stack.enter_async_context(open_tab(server.url, f"job={run_id}"))
            for _ in range(tabs)
        ]
        result = await _result(run_id)
        if any(tab.reruns < 3 for tab in opened):
            raise RuntimeError(f"tabs did not poll: {[tab.reruns for tab in opened]}")
    seconds = median(result.samples.e2e_s)
    assert seconds is not None
    return seconds


def _followed(tab: Tab) -> str:
    return parse_qs(tab.query)["job"][0]


async def _result(run_id: str) -> RunResult:
    history = History(history_file())
    deadline = time.monotonic() + RUN_LIMIT_S
    while time.monotonic() < deadline:
        stored = history.get(run_id)
        if stored and isinstance(stored.outcome, RunResult):
            return stored.outcome
        if stored and stored.outcome:
            raise RuntimeError(f"the run ended as {stored.outcome.kind}: {stored.outcome.message}")
        await asyncio.sleep(0.5)
    raise RuntimeError(f"no result of {run_id} after {RUN_LIMIT_S:.0f} s")
