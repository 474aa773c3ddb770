"""How long does a person wait for each thing done in the browser, with ten thousand runs stored?

Time runs from the event in the page to the frame that shows the answer: the script has ended, and
the page's elements have stopped changing. Each interaction is repeated, interleaved with the rerun
of a page of one line, which is what Streamlit and the machine take by themselves.
"""

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
from playwright.sync_api import Browser, WebSocket

from benchmarks.interaction_list import Interaction, interactions
from benchmarks.long_home import RUNS, LongHome, make_long_home
from benchmarks.movements import Move, press
from benchmarks.rows import Ratio, Row, within
from core.results.statistics import median
from tests.browser.chromium import SETTLED, find_chromium, launched
from tests.browser.server import ROOT, Server, serve

LIMIT_MS = 300.0
REPEATS = 8
QUIET_MS = 350
LONGEST_S = 60.0
MEMORY_LIMIT_MB = 300.0
ONE_LINE = "import streamlit as st\nst.button('Run', key='run')\n"
PLAIN = Interaction("one line", "/", (press("run"),))
WATCH = """
(() => {
  const seen = {event: 0, change: 0, script: 0, painted: 0, running: false};
  const painted = () => requestAnimationFrame(() =>
    setTimeout(() => { seen.painted = performance.now(); }, 0));
  const look = (records) => {
    for (const record of records) {
      if (record.type === 'attributes') {
        seen.running = record.target.dataset.testScriptState !== 'notRunning';
        seen.script = performance.now();
      } else {
        seen.change = performance.now();
      }
    }
    painted();
  };
  const begin = () => new MutationObserver(look).observe(document.body, {
    subtree: true, childList: true, characterData: true,
    attributes: true, attributeFilter: ['data-test-script-state'],
  });
  for (const name of ['click', 'keydown', 'popstate'])
    window.addEventListener(name, (event) => { seen.event = event.timeStamp; }, true);
  document.body ? begin() : document.addEventListener('DOMContentLoaded', begin);
  window.__seen = () => ({...seen, now: performance.now()});
})();
"""


@dataclass(frozen=True)
class Wait:
    """Milliseconds from an event until its answer stands, of which the script's run; the processor
    time that it cost the server and the browser's page; and what came over the socket.
    """

    answered_ms: float
    script_ms: float
    server_ms: float
    browser_ms: float
    messages: int
    kilobytes: float


class Tab:
    """A browser's tab on one interaction, with what its page, its socket and its server tell."""

    def __init__(self, browser: Browser, server: Server, interaction: Interaction) -> None:
        self._context = browser.new_context(viewport={"width": 1400, "height": 1000})
        self.page = self._context.new_page()
        self.page.add_init_script(WATCH)
        self.frames: list[int] = []
        self.page.on("websocket", self._listen)
        self._cdp = self._context.new_cdp_session(self.page)
        self._cdp.send("Performance.enable", {"timeDomain": "threadTicks"})
        self._process = psutil.Process(server.pid)
        self.page.goto(server.url + interaction.address)
        self.page.locator(SETTLED).wait_for()
        self._quiet()
        if interaction.first:
            interaction.first(self.page)
            self._quiet()

    def close(self) -> None:
        """End it and its session."""
        self._context.close()

    def wait(self, move: Move) -> Wait:
        """Do something and wait for the answer."""
        self.frames.clear()
        before = self._spent()
        move(self.page)
        seen = self._quiet()
        after = self._spent()
        return Wait(
            answered_ms=seen["painted"] - seen["event"],
            script_ms=max(seen["script"] - seen["event"], 0),
            server_ms=after[0] - before[0],
            browser_ms=after[1] - before[1],
            messages=len(self.frames),
            kilobytes=sum(self.frames) / 1000,
        )

    def _quiet(self) -> dict[str, float]:
        """What was seen once the script has ended and nothing has changed for a moment."""
        deadline = time.monotonic() + LONGEST_S
        while time.monotonic() < deadline:
            self.page.wait_for_timeout(50)
            seen: dict[str, float] = self.page.evaluate("() => window.__seen()")
            last = max(seen["event"], seen["change"], seen["script"], seen["painted"])
            if not seen["running"] and seen["now"] - last > QUIET_MS:
                return seen
        raise RuntimeError(f"the page is not quiet after {LONGEST_S:g} s")

    def _spent(self) -> tuple[float, float]:
        """Milliseconds of processor time so far, of the server and of the page."""
        times = self._process.cpu_times()
        metrics = self._cdp.send("Performance.getMetrics")["metrics"]
        page = next(one["value"] for one in metrics if one["name"] == "TaskDuration")
        return (times.user + times.system) * 1e3, page * 1e3

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", lambda data: self.frames.append(len(data)))


def measure(folder: Path) -> Iterator[Row]:
    """Each interaction in turn with the rerun of one line, then the server's memory."""
    executable = find_chromium()
    if executable is None:
        raise RuntimeError("interactions need Chromium")
    home = _make_home(folder / "long")
    script = folder / "one_button.py"
    script.write_text(ONE_LINE, encoding="utf-8")
    with (
        serve(ROOT / "app.py", folder / "long") as server,
        serve(script, folder / "one-button") as plain,
        launched(executable) as browser,
    ):
        before_mb = _resident_mb(server)
        for interaction in interactions(home):
            yield _row(browser, server, plain, interaction)
        yield _memory(_resident_mb(server), before_mb)


def _make_home(folder: Path) -> LongHome:
    """A data folder of its own, with the models of the one before."""
    models = Path(os.environ["TRADEOFFS_HOME"]) / "models"
    (folder / "home").mkdir(parents=True)
    (folder / "home" / "models").symlink_to(models, target_is_directory=True)
    os.environ["TRADEOFFS_HOME"] = str(folder / "home")
    print(f"  storing {RUNS:,} runs", file=sys.stderr)
    return make_long_home()


def _row(browser: Browser, server: Server, plain: Server, interaction: Interaction) -> Row:
    """One interaction, each time beside a rerun of one line; the first time opens and is not
    counted.
    """
    tab, bare = Tab(browser, server, interaction), Tab(browser, plain, PLAIN)
    waits, plain_ms = list[Wait](), list[float]()
    try:
        for turn in range(REPEATS + 1):
            wait = tab.wait(interaction.moves[turn % len(interaction.moves)])
            least_ms = bare.wait(PLAIN.moves[0]).answered_ms
            if turn > 0:
                waits.append(wait)
                plain_ms.append(least_ms)
    finally:
        tab.close()
        bare.close()
    detail = {
        **{name: median([getattr(w, name) for w in waits]) for name in Wait.__annotations__},
        "plain_ms": median(plain_ms),
    }
    print(f"  {interaction.name}: {detail}", file=sys.stderr)
    found = within(interaction.name, [wait.answered_ms for wait in waits], LIMIT_MS, "ms")
    return replace(found, detail={**found.detail, **detail})


def _memory(after_mb: float, before_mb: float) -> Row:
    return Row(
        f"memory that these took / {MEMORY_LIMIT_MB:g} MB",
        Ratio((after_mb - before_mb) / MEMORY_LIMIT_MB),
        f"below {MEMORY_LIMIT_MB:g} MB",
        after_mb - before_mb < MEMORY_LIMIT_MB,
        {"before_mb": before_mb, "after_mb": after_mb},
    )


def _resident_mb(server: Server) -> float:
    return float(psutil.Process(server.pid).memory_info().rss / 1e6)
