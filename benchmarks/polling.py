"""Does watching a run disturb it? Ten open tabs that poll a running job, against none.

The job is started through the dashboard's own page, and the tabs follow it as a browser would.
Blocks alternate A B B A, so that a drift of the machine falls on both. The noise it is held against
is what the program itself shows beside such a result: the interval of a run's median without tabs.
How far two runs without tabs lie apart stands in the details.
"""

import asyncio
import contextlib
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qs

from benchmarks.rows import Row, ratio_of_pairs
from benchmarks.runs import run_bundled
from benchmarks.tabs import Tab, open_tab
from core.home import history_file
from core.jobs.manager import JobManager
from core.results.history import History
from core.results.statistics import median, median_interval
from core.results.types import RunResult
from tests.browser.server import ROOT, Server, serve

TABS = 10
CYCLES = 5
WORKLOAD = {"max_new_tokens": 16, "repeats": 8, "warmup": 1}
RUN_LIMIT_S = 300.0


def measure(folder: Path) -> Iterator[Row]:
    """The ratio of `e2e_s` with tabs to without, beside the noise of runs without."""
    with JobManager() as manager:
        template = run_bundled(manager, **WORKLOAD).run_id
    alone: list[RunResult] = []
    watched: list[RunResult] = []
    with serve(ROOT / "app.py", folder) as server:
        asyncio.run(_block(server, template, tabs=0))
        for turn in range(CYCLES):
            for tabs in (0, TABS, TABS, 0):
                result = asyncio.run(_block(server, template, tabs))
                (watched if tabs else alone).append(result)
                print(f"  cycle {turn + 1}: {tabs} tabs: {_e2e_s(result):.4f} s", file=sys.stderr)
    yield _row([*map(_e2e_s, alone)], [*map(_e2e_s, watched)], _noise(alone))


def _row(alone: list[float], watched: list[float], noise: float) -> Row:
    ratio = ratio_of_pairs(list(zip(watched, alone, strict=True)))
    apart = [abs(second / first - 1) for first, second in pairwise(alone)]
    return Row(
        f"e2e_s with {TABS} polling tabs / with none",
        ratio,
        f"within ±{noise:.1%}, a run's own noise",
        abs(ratio.value - 1) < noise,
        {
            "alone_s": alone,
            "watched_s": watched,
            "noise": noise,
            "runs_without_tabs_lie_apart": median(apart),
        },
    )


def _e2e_s(result: RunResult) -> float:
    seconds = median(result.samples.e2e_s)
    assert seconds is not None
    return seconds


def _noise(results: list[RunResult]) -> float:
    """Half of the 95 % interval of a run's median, relative to it; the typical run's."""
    widths = []
    for result in results:
        interval = median_interval(result.samples.e2e_s)
        assert interval is not None
        widths.append((interval.high - interval.low) / 2 / _e2e_s(result))
    typical = median(widths)
    assert typical is not None
    return typical


async def _block(server: Server, template: str, tabs: int) -> RunResult:
    """One run started through the page, with so many tabs following it."""
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
    return result


def _followed(tab: Tab) -> str:
    return parse_qs(tab.query)["job"][0]


async def _result(run_id: str) -> RunResult:
    history = History(history_file())
    deadline = time.monotonic() + RUN_LIMIT_S
    while time.monotonic() < deadline:
        stored = history.get(run_id)
        outcome = stored.outcome if stored else None
        if isinstance(outcome, RunResult):
            return outcome
        if outcome is not None:
            raise RuntimeError(f"the run ended as {outcome.kind}: {outcome.message}")
        await asyncio.sleep(0.5)
    raise RuntimeError(f"no result of {run_id} after {RUN_LIMIT_S:.0f} s")
