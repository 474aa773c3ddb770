"""Does a long history keep anybody waiting?

Synthetic runs: candidates of ten thousand, which a Pareto set and a recommendation begin with, and
the scripts of Explore and History over a hundred thousand, by Streamlit's test runner.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
from streamlit import config
from streamlit.logger import set_log_level
from streamlit.testing.v1 import AppTest

from benchmarks.rows import Ratio, Row, within
from core.home import history_file
from core.results.history import History
from tests.browser.server import ROOT
from tests.sample_histories import fill

CANDIDATES, RUNS = 10_000, 100_000
DIFFERENT = 1000
TIMES = 9
CANDIDATES_LIMIT_S = 0.1  # half of what the Pareto set and the recommendation may take
PAGE_LIMIT_S = 1.0
MEMORY_LIMIT_MB = 300.0
KEYS = ("tpot_s", "output_tokens_per_s", "peak_bytes", "perplexity_ratio")


def measure(folder: Path) -> Iterator[Row]:
    """Reading first, then the pages over a history of their own; the person's is not touched."""
    yield from _candidates(folder / "few.sqlite3")
    _use_home(folder / "long")
    print(f"  storing {RUNS:,} runs", file=sys.stderr)
    fill(History(history_file()), RUNS, DIFFERENT)
    before_mb = _resident_mb()
    yield _page("Explore", "explore")
    yield _page("History", "history")
    yield _page("History, searched", "history", history_search="demo größe NF4")
    grown_mb = _resident_mb() - before_mb
    yield Row(
        f"memory that these pages took / {MEMORY_LIMIT_MB:g} MB",
        Ratio(grown_mb / MEMORY_LIMIT_MB),
        f"below {MEMORY_LIMIT_MB:g} MB",
        grown_mb < MEMORY_LIMIT_MB,
        {"grown_mb": grown_mb},
    )


def _candidates(file: Path) -> Iterator[Row]:
    """By a process that never read them before, and by one that did."""
    what = f"candidates of {CANDIDATES:,} stored runs"
    fill(History(file), CANDIDATES, DIFFERENT)
    first = [_seconds(lambda: History(file).candidates(KEYS)) for _ in range(TIMES)]
    yield within(f"{what}, read first", first, CANDIDATES_LIMIT_S, "s")
    history = History(file)
    history.candidates(KEYS)
    again = [_seconds(lambda: history.candidates(KEYS)) for _ in range(TIMES)]
    yield within(f"{what}, read again", again, CANDIDATES_LIMIT_S, "s")


def _page(name: str, script: str, **session: str) -> Row:
    # The test harness keeps functions in the session, which the dashboard's own setting forbids.
    config.set_option("runner.enforceSerializableSessionState", False)
    set_log_level("ERROR")
    opened = [*_openings(script, session)]
    return within(f"{name}'s script over {RUNS:,} runs", opened, PAGE_LIMIT_S, "s")


def _openings(script: str, session: dict[str, str]) -> Iterator[float]:
    """Seconds of the script's run in each of many new sessions; the first imports everything and
    is left out.
    """
    for number in range(TIMES + 1):
        page = AppTest.from_file(str(ROOT / "pages" / f"{script}.py"), default_timeout=60)
        for key, value in session.items():
            page.session_state[key] = value
        seconds = _seconds(page.run)
        if page.exception or page.error:
            raise RuntimeError(f"{script} failed: {[*page.exception, *page.error][0].value}")
        if number > 0:
            yield seconds


def _use_home(folder: Path) -> None:
    """A data folder with a history of its own, and the models of the one before."""
    models = Path(os.environ["TRADEOFFS_HOME"]) / "models"
    folder.mkdir(parents=True)
    (folder / "models").symlink_to(models, target_is_directory=True)
    os.environ["TRADEOFFS_HOME"] = str(folder)


def _seconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def _resident_mb() -> float:
    return float(psutil.Process().memory_info().rss / 1e6)
