"""How soon is the dashboard usable, and what does it weigh?

Explore against a page of one line, both served alike and opened in turn by the same Chromium in
fresh profiles; the script's own time on the server through Streamlit's test runner; the resident
memory of the dashboard's process after those visits.
"""

import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
from playwright.sync_api import Browser
from streamlit import config
from streamlit.logger import set_log_level
from streamlit.testing.v1 import AppTest

from benchmarks.rows import Ratio, Row, ratio_of_pairs, within
from core.results.statistics import median
from tests.browser.chromium import SETTLED, find_chromium, launched
from tests.browser.server import ROOT, Server, serve

PAIRS = 15
SCRIPT_RUNS = 15
PAGE_LIMIT = 1.5
SCRIPT_LIMIT_S = 0.150
MEMORY_LIMIT_MB = 300.0
ONE_LINE = "import streamlit as st\nst.button('Run', key='run')\n"
USABLE = ".st-key-run button:not([disabled])"


def measure(folder: Path) -> Iterator[Row]:
    """Page loads in pairs, the script alone, and memory."""
    script = folder / "one_line.py"
    script.write_text(ONE_LINE, encoding="utf-8")
    with (
        serve(ROOT / "app.py", folder) as explore,
        serve(script, folder / "one-line") as one_line,
    ):
        yield _page_loads(explore, one_line)
        resident_mb = psutil.Process(explore.pid).memory_info().rss / 1e6
    yield Row(
        f"dashboard's resident memory / {MEMORY_LIMIT_MB:g} MB",
        Ratio(resident_mb / MEMORY_LIMIT_MB),
        f"below {MEMORY_LIMIT_MB:g} MB",
        resident_mb < MEMORY_LIMIT_MB,
        {"resident_mb": resident_mb},
    )
    seconds = [*_script_seconds()]
    yield within("Explore's script run on the server", seconds, SCRIPT_LIMIT_S, "s")


def _page_loads(explore: Server, one_line: Server) -> Row:
    executable = find_chromium()
    if executable is None:
        raise RuntimeError("page loads need Chromium")
    pairs = []
    with launched(executable) as browser:
        for server in (explore, one_line):
            _usable_s(browser, server)
        for turn in range(PAIRS):
            pairs.append(_pair(browser, explore, one_line, random.Random(turn)))
            print(f"  pair {turn + 1}: {pairs[-1][0]:.2f} / {pairs[-1][1]:.2f}", file=sys.stderr)
    ratio = ratio_of_pairs(pairs)
    return Row(
        "Explore usable / one-line page usable",
        ratio,
        f"at most {PAGE_LIMIT}",
        ratio.value <= PAGE_LIMIT,
        {"explore_s": median([a for a, _ in pairs]), "one_line_s": median([b for _, b in pairs])},
    )


def _pair(
    browser: Browser, explore: Server, one_line: Server, order: random.Random
) -> tuple[float, float]:
    servers = [explore, one_line]
    order.shuffle(servers)
    seconds = {server.url: _usable_s(browser, server) for server in servers}
    return seconds[explore.url], seconds[one_line.url]


def _usable_s(browser: Browser, server: Server) -> float:
    """Seconds until Run can be pressed and the script has ended, in a fresh profile."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    page = context.new_page()
    start = time.perf_counter()
    page.goto(server.url, wait_until="commit")
    page.locator(USABLE).wait_for()
    page.locator(SETTLED).wait_for()
    seconds = time.perf_counter() - start
    context.close()
    return seconds


def _script_seconds() -> Iterator[float]:
    """Seconds of the first run of Explore's script in each of many new sessions.

    The very first run of all imports everything and is left out.
    """
    # The test harness keeps functions in the session, which the dashboard's own setting forbids.
    config.set_option("runner.enforceSerializableSessionState", False)
    set_log_level("ERROR")
    for number in range(SCRIPT_RUNS + 1):
        app = AppTest.from_file(str(ROOT / "pages" / "explore.py"), default_timeout=60)
        start = time.perf_counter()
        app.run()
        seconds = time.perf_counter() - start
        if app.exception:
            raise RuntimeError(f"Explore failed: {app.exception[0].message}")
        if number > 0:
            yield seconds
