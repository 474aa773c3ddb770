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
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import psutil
from playwright.sync_api import Browser
from playwright.sync_api import Error as PlaywrightError

from benchmarks.interaction_list import Interaction, interactions
from benchmarks.long_home import RUNS, LongHome, known_home, make_long_home
from benchmarks.movements import Move, press, there
from benchmarks.rows import Ratio, Row, table, within, write
from benchmarks.waiting import Tab, Wait
from core.results.statistics import median
from tests.browser.chromium import find_chromium, launched
from tests.browser.server import ROOT, Server, serve

LIMIT_MS = 300.0
FEWEST, PLAIN_EVERY = 4, 2
MEMORY_LIMIT_MB, AGAIN = 30.0, 50
ONE_LINE = """
import time
import streamlit as st
st.button("Run", key="run")
st.text(time.time())
"""
PLAIN = Interaction("one line", "/", (Move(press("run"), there(".st-key-run")),))


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
