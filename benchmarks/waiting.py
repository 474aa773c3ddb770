"""A tab of the browser that tells how long a movement's answer took, and what it cost.

What is waited for is seen from inside the page: the event, each change of its elements, each start
and end of its script, and the frame after the last of these.
"""

import time
from dataclasses import dataclass

import psutil
from playwright.sync_api import Browser, WebSocket

from benchmarks.interaction_list import Interaction
from benchmarks.movements import Move
from tests.browser.chromium import SETTLED
from tests.browser.server import Server

QUIET_MS, OPENED_MS, SILENT_MS = 200.0, 700.0, 2000.0
LONGEST_S = 20.0
BEGUN = "h1, .st-key-run"
WATCH = """
(() => {
  const seen = {event: 0, change: 0, script: 0, painted: 0, ended: 0, running: false};
  const painted = () => requestAnimationFrame(() =>
    setTimeout(() => { seen.painted = performance.now(); }, 0));
  // A table's canvas has its pixels at once; the words in it are for screen readers, and follow.
  const inSight = (node) => !(node.nodeType === 1 ? node : node.parentElement)?.closest('canvas');
  const look = (records) => {
    for (const record of records) {
      if (record.type === 'attributes') {
        seen.running = record.target.dataset.testScriptState !== 'notRunning';
        seen.script = performance.now();
        if (!seen.running && seen.ended < seen.event)
          requestAnimationFrame(() => setTimeout(() => { seen.ended = performance.now(); }, 0));
      } else if (inSight(record.target)) {
        seen.change = performance.now();
      } else {
        continue;
      }
      painted();
    }
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
        self._goes_on = interaction.goes_on
        self._process = psutil.Process(server.pid)
        self.page.goto(server.url + interaction.address)
        self.page.locator(BEGUN).first.wait_for()
        self.page.locator(SETTLED).wait_for()
        self._quiet(OPENED_MS)
        if interaction.first:
            interaction.first(self.page)
            self._quiet(OPENED_MS)

    def close(self) -> None:
        """End it and its session."""
        self._context.close()

    def wait(self, move: Move) -> Wait:
        """Do something and wait for the answer; raises where it does not come."""
        self.frames.clear()
        before = self._spent()
        move.act(self.page)
        found = self._quiet()
        after = self._spent()
        move.seen(self.page)
        return Wait(
            answered_ms=found["ended" if self._goes_on else "painted"] - found["event"],
            script_ms=max(found["script"] - found["event"], 0),
            server_ms=after[0] - before[0],
            browser_ms=after[1] - before[1],
            messages=len(self.frames),
            kilobytes=sum(self.frames) / 1000,
        )

    def _quiet(self, quiet_ms: float = QUIET_MS) -> dict[str, float]:
        """What was seen once the script has ended and nothing has changed for a moment. Where
        nothing has changed since the event, the moment is a long one.
        """
        deadline = time.monotonic() + LONGEST_S
        while time.monotonic() < deadline:
            self.page.wait_for_timeout(50)
            seen: dict[str, float] = self.page.evaluate("() => window.__seen()")
            last = max(seen["event"], seen["change"], seen["script"], seen["painted"])
            answered = max(seen["change"], seen["script"]) > seen["event"]
            least = quiet_ms if answered and seen["painted"] > seen["event"] else SILENT_MS
            if not seen["running"] and seen["now"] - last > least:
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
