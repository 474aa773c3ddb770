"""How long does a person wait for each thing done in the browser, with ten thousand runs stored?

Time runs from the event in the page to the frame that shows the answer: the script has ended, and
the page's elements have stopped changing. Then what must stand there is looked for: a movement that
did not work names itself, is no figure, and stops no other. Each interaction is repeated,
interleaved with the rerun of a page of one line, which is what Streamlit and the machine take by
themselves.

    python -m benchmarks interactions
    python -m benchmarks.interactions HOME [PART OF A NAME …]    # with the runs of an earlier home
"""

import contextlib
import math
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
from playwright.sync_api import Browser, WebSocket
from playwright.sync_api import Error as PlaywrightError

from benchmarks.interaction_list import Interaction, interactions
from benchmarks.long_home import RUNS, LongHome, known_home, make_long_home
from benchmarks.movements import Move, press, there
from benchmarks.rows import Ratio, Row, table, within, write
from core.results.statistics import median
from tests.browser.chromium import SETTLED, find_chromium, launched
from tests.browser.server import ROOT, Server, serve

LIMIT_MS = 300.0
FEWEST, PLAIN_EVERY = 4, 2
QUIET_MS, OPENED_MS, SILENT_MS = 200.0, 700.0, 2000.0
LONGEST_S = 20.0
BEGUN = "h1, .st-key-run"
MEMORY_LIMIT_MB, AGAIN = 30.0, 50
ONE_LINE = """
import time
import streamlit as st
st.button("Run", key="run")
st.text(time.time())
"""
PLAIN = Interaction("one line", "/", (Move(press("run"), there(".st-key-run")),))
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
            answered_ms=found["painted"] - found["event"],
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


def measure(folder: Path) -> Iterator[Row]:
    """Each interaction in turn with the rerun of one line, then the server's memory."""
    return measure_in(folder / "long", _make_home(folder / "long"))


def measure_in(folder: Path, home: LongHome, *names: str) -> Iterator[Row]:
    """The same with a data folder that is there, and where names are given of these alone."""
    executable = find_chromium()
    if executable is None:
        raise RuntimeError("interactions need Chromium")
    script = folder / "one_button.py"
    script.write_text(ONE_LINE, encoding="utf-8")
    chosen = [one for one in interactions(home) if not names or any(n in one.name for n in names)]
    with (
        serve(ROOT / "app.py", folder) as server,
        serve(script, folder / "one-button") as plain,
        launched(executable) as browser,
    ):
        bare, grown = Tab(browser, plain, PLAIN), [_resident_mb(server)]
        for interaction in chosen:
            yield _row(browser, server, bare, interaction)
            grown.append(_resident_mb(server))
        yield _memory(server, browser, grown, chosen[0])


def _make_home(folder: Path) -> LongHome:
    """A data folder of its own, with the models of the one before. What fills it measures nothing,
    and so waits for nobody who does.
    """
    models = Path(os.environ["TRADEOFFS_HOME"]) / "models"
    (folder / "home").mkdir(parents=True)
    (folder / "home" / "models").symlink_to(models, target_is_directory=True)
    os.environ["TRADEOFFS_HOME"] = str(folder / "home")
    os.environ["TRADEOFFS_LOCKS"] = str(folder / "locks")
    print(f"  storing {RUNS:,} runs", file=sys.stderr)
    return make_long_home()


def _row(browser: Browser, server: Server, bare: Tab, interaction: Interaction) -> Row:
    """One interaction, beside reruns of one line; the very first time counts as well."""
    waits, plain_ms = list[Wait](), list[float]()
    moves = interaction.moves
    try:
        with contextlib.closing(Tab(browser, server, interaction)) as tab:
            for turn in range(max(FEWEST, len(moves))):
                waits.append(tab.wait(moves[turn % len(moves)]))
                if turn % PLAIN_EVERY == 0:
                    plain_ms.append(bare.wait(PLAIN.moves[0]).answered_ms)
    except (RuntimeError, AssertionError, PlaywrightError) as error:
        return _failed(interaction, len(waits), error)
    detail = {
        **{name: median([getattr(w, name) for w in waits]) for name in Wait.__annotations__},
        "each_ms": [round(wait.answered_ms) for wait in waits],
        "plain_ms": median(plain_ms),
    }
    found = within(interaction.name, [wait.answered_ms for wait in waits], LIMIT_MS, "ms")
    row = replace(found, detail={**found.detail, **detail})
    print(f"  {line_of(row)}", file=sys.stderr)
    return row


def _failed(interaction: Interaction, before: int, error: Exception) -> Row:
    what = f"{interaction.name}: movement {before + 1} did not work"
    first_line = str(error).splitlines()[0]
    print(f"  {what}: {first_line}", file=sys.stderr)
    return Row(what, Ratio(math.nan), "an answer", False, {"error": first_line})


def line_of(row: Row) -> str:
    """A row as milliseconds: what it took, and what a page of one line did."""
    told = row.detail
    figures = " ".join(
        f"{name.removesuffix('_ms')} {told[name]:.0f}"
        for name in ("median", "max", "plain_ms", "script_ms", "server_ms", "browser_ms")
    )
    return f"{row.what.rpartition(' / ')[0]:58} {figures} each {told['each_ms']}"


def _memory(server: Server, browser: Browser, grown: Sequence[float], again: Interaction) -> Row:
    """What the server takes after all of it, and whether a round of many more adds to that."""
    with contextlib.closing(Tab(browser, server, again)) as tab:
        for turn in range(AGAIN):
            tab.wait(again.moves[turn % len(again.moves)])
    after_mb = _resident_mb(server)
    return Row(
        f"memory that {AGAIN} more take / {MEMORY_LIMIT_MB:g} MB",
        Ratio((after_mb - grown[-1]) / MEMORY_LIMIT_MB),
        f"below {MEMORY_LIMIT_MB:g} MB",
        after_mb - grown[-1] < MEMORY_LIMIT_MB,
        {"grown_mb": [round(mb) for mb in grown], "after_mb": after_mb},
    )


def _resident_mb(server: Server) -> float:
    return float(psutil.Process(server.pid).memory_info().rss / 1e6)


def main() -> None:
    """Measure in a home that `make_long_home` filled before."""
    home = Path(sys.argv[1])
    os.environ["TRADEOFFS_HOME"] = str(home / "home")
    rows = [*measure_in(home, known_home(), *sys.argv[2:])]
    write(rows)
    print(table(rows))


if __name__ == "__main__":
    main()
