"""What people do with one dashboard all day, over its WebSocket: runs of all levers, sweeps, pairs
and load tests, cancels in every phase, tabs that are opened, reloaded and closed.
"""

import asyncio
import contextlib
import random
import time
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import parse_qs

from benchmarks.tabs import Tab, open_tab
from core.home import history_file
from core.results.experiments import Experiments, ExperimentStatus
from core.results.history import History
from core.results.types import Outcome, RunResult
from tests.browser.server import Server

Found = TypeVar("Found")
LIMIT_S = 600.0
WATCHERS = 5
REFERENCE = "prompt_tokens=32&max_new_tokens=24&quality=false"
SHORT = "prompt_tokens=16&max_new_tokens=8&quality=false"
LEVERS = (
    "precision=bf16",
    "precision=fp16",
    "precision=nf4",
    "precision=int8",
    "attention=eager",
    "attention=sdpa_math",
    "kv_cache=static",
    "kv_cache=off",
    "compile=per_block",
    "batch_size=4",
    "decoding=prompt_lookup",
    "model=distilgpt2&weights=random",
    "model=gpt2&weights=random&precision=bf16",
    "weights=random",
)
PAGES = ("", "start", "sweep", "compare", "decide", "present", "batching", "claims", "history",
         "methodology")  # fmt: skip
OVER = (ExperimentStatus.DONE, ExperimentStatus.STOPPED)


class Day:
    """Deeds on one server, in an order that the seed draws; each waits until it is done."""

    def __init__(self, server: Server, seed: int) -> None:
        self._url = server.url
        self._history = History(server.home / history_file().name)
        self._experiments = Experiments(self._history)
        self._random = random.Random(seed)
        self._turn = 0

    async def round(self) -> RunResult:
        """One of each, and the reference run last, whose result it returns."""
        lever = LEVERS[self._turn % len(LEVERS)]
        self._turn += 1
        deeds = [self.run(f"{lever}&{SHORT}"), self.cancelled_run(), self.look_at_all_pages()]
        more = (self.sweep, self.pair, self.stopped_sweep, self.load_test)
        deeds.append(more[self._turn % len(more)]())
        self._random.shuffle(deeds)
        for deed in deeds:
            await deed
        result = await self.watched_run(REFERENCE)
        assert isinstance(result, RunResult), result
        return result

    async def run(self, query: str) -> Outcome:
        """Run what that link asks for, and wait in another way than by its page."""
        async with open_tab(self._url, query) as tab:
            return await self._end_of(await _started(tab, "run", "job"))

    async def watched_run(self, query: str) -> Outcome:
        """The same with tabs that follow it, one of which is reloaded again and again."""
        async with open_tab(self._url, query) as tab:
            job = await _started(tab, "run", "job")
        async with contextlib.AsyncExitStack() as tabs:
            for _ in range(WATCHERS - 1):
                await tabs.enter_async_context(open_tab(self._url, f"job={job}"))
            reloading = asyncio.create_task(self._reload(f"job={job}"))
            try:
                return await self._end_of(job)
            finally:
                reloading.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await reloading

    async def cancelled_run(self) -> None:
        """Cancel a long run at a moment drawn at random, in whatever phase it is."""
        lever = self._random.choice(LEVERS)
        async with open_tab(self._url, f"{lever}&prompt_tokens=16&max_new_tokens=400") as tab:
            job = await _started(tab, "run", "job")
            await asyncio.sleep(self._random.uniform(0, 8))
            with contextlib.suppress(KeyError):  # it was over before
                await tab.press("cancel")
            await self._end_of(job)

    async def sweep(self) -> None:
        """A sweep of two cells, measured anew."""
        async with open_tab(self._url, f"attention=sdpa,eager&fresh=true&{SHORT}", "sweep") as tab:
            await self._over(await _started(tab, "sweep_start", "sweep"))

    async def stopped_sweep(self) -> None:
        """A larger one, stopped soon after it began."""
        query = f"precision=fp32,bf16,fp16&batch_size=1,2&fresh=true&{SHORT}"
        async with open_tab(self._url, query, "sweep") as tab:
            key = await _started(tab, "sweep_start", "sweep")
            await asyncio.sleep(self._random.uniform(0, 10))
            await tab.press("sweep_stop")
            await self._over(key)

    async def pair(self) -> None:
        """Two variants in turns."""
        async with open_tab(self._url, f"b_precision=bf16&pairs=6&{SHORT}", "compare") as tab:
            for job in (await _started(tab, "start_pair", "pair")).split(","):
                await self._end_of(job)

    async def load_test(self) -> None:
        """A load served under two policies; its steps are measured at the first time."""
        query = (
            "rate_per_s=2&requests=6&output_lengths=8&prompt_lengths=16"
            "&policies=none,static:4&calibration_s=10&repeats=1"
        )
        async with open_tab(self._url, query, "batching") as tab:
            await self._over(await _started(tab, "load_measure", "load"))

    async def over(self, query: str) -> None:
        """Wait for the sweep that this link opens."""
        await self._over(parse_qs(query)["sweep"][0])

    async def look_at_all_pages(self) -> None:
        """Each page once, in a tab of its own."""
        for page in PAGES:
            await self.look_at(page)

    async def look_at(self, page: str) -> None:
        """One page, once."""
        async with open_tab(self._url, page=page):
            pass

    async def _reload(self, query: str) -> None:
        while True:
            async with open_tab(self._url, query):
                await asyncio.sleep(1)

    async def _end_of(self, run_id: str) -> Outcome:
        def outcome() -> Outcome | None:
            stored = self._history.get(run_id)
            return stored.outcome if stored else None

        return await _awaited(outcome, f"run {run_id}")

    async def _over(self, key: str) -> None:
        def ended() -> bool:
            row = self._experiments.get(key)
            return row is not None and row.status in OVER

        await _awaited(ended, f"experiment {key}")


async def _awaited(look: Callable[[], Found | None], what: str) -> Found:
    """What a look finds at last; raises TimeoutError where it finds nothing for too long."""
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        if found := look():
            return found
        await asyncio.sleep(0.5)
    raise TimeoutError(f"{what} is not over after {LIMIT_S:.0f} s")


async def _started(tab: Tab, button: str, name: str) -> str:
    """Press that button and return the id that the page then names in its link."""
    before = parse_qs(tab.query).get(name)
    await tab.press(button)
    after = parse_qs(tab.query).get(name)
    assert after, f"{button} started nothing: {tab.query}"
    assert after != before
    return after[0]
