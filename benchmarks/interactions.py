"""How long does a person wait for each thing done in the browser, with ten thousand runs stored?

Time runs from the event in the page to the frame that shows the answer: the script has ended, and
the page's elements have stopped changing. Each interaction is repeated, interleaved with the rerun
of a page of one line, which is what Streamlit and the machine take by themselves.
"""

import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import psutil
from playwright.sync_api import Browser, Error, WebSocket

from benchmarks.interaction_list import Interaction, Move
from tests.browser.chromium import SETTLED
from tests.browser.server import Server

LIMIT_MS = 300.0
REPEATS = 8
QUIET_MS = 350
LONGEST_S = 20.0
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
        if not seen["script"] > seen["event"]:
            print("    the script did not run", file=sys.stderr)
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


def try_all(browser: Browser, server: Server, chosen: Sequence[Interaction], repeats: int):
    for one in chosen:
        try:
            tab = Tab(browser, server, one)
            try:
                waits = [
                    tab.wait(one.moves[i % len(one.moves)])
                    for i in range(max(repeats, len(one.moves)))
                ]
            finally:
                tab.close()
            m = lambda f: statistics.median(f(w) for w in waits)
            print(
                f"{one.name:55} med {m(lambda w: w.answered_ms):6.0f} max {max(w.answered_ms for w in waits):6.0f} script {m(lambda w: w.script_ms):6.0f} | srv {m(lambda w: w.server_ms):6.0f} (max {max(w.server_ms for w in waits):5.0f}) brw {m(lambda w: w.browser_ms):6.0f} (max {max(w.browser_ms for w in waits):5.0f}) msgs {m(lambda w: w.messages):4.0f} kB {m(lambda w: w.kilobytes):7.1f}",
                flush=True,
            )
        except (Error, RuntimeError, AssertionError) as error:
            print(f"{one.name:55} FAILED {str(error).splitlines()[0]}", flush=True)
