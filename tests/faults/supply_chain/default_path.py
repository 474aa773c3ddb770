"""What a person does with the program as it comes, one thing after the other.

`python -m tests.faults.supply_chain.default_path FOLDER usual|all`; the data folder with the
bundled model lies in FOLDER.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.tabs import open_tab
from tests.browser.server import ROOT, serve

PAGES = (
    "start", "explore", "sweep", "compare", "decide", "present", "batching", "claims", "history",
    "methodology",
)  # fmt: skip
SHORT = ("--max-new-tokens", "4", "--warmup", "1", "--repeats", "1", "--no-quality")
SIDE = " ".join(SHORT)
USUAL = (
    ("run", "--max-new-tokens", "4", "--warmup", "1", "--repeats", "2"),
    ("history", "--csv", "-"),
    ("recommend", "--ask", "cheapest"),
    ("claims",),
    ("models",),
    ("environment",),
)
LONG = (
    ("sweep", *SHORT, "--precision", "fp32,bf16", "--no-trial"),
    ("compare", "--most-pairs", "6", "--a", SIDE, "--b", f"{SIDE} --precision bf16"),
    ("batching", "--measure", "static", "--requests", "4", "--rate-per-s", "0.3", "--calibrate"),
    ("batching", "--requests", "5"),
    ("claims", "--run", "3"),
)


def main(folder: Path, kind: str) -> None:
    """All of it, one after the other; raises where a step fails."""
    home = folder / "home"
    with serve(ROOT / "app.py", folder) as server:
        asyncio.run(_open_all(server.url))
    for command in USUAL if kind == "usual" else (*USUAL, *LONG):
        _core(home, command)
    runs = _core(home, ("history", "--json"))
    print(runs[:200])


async def _open_all(url: str) -> None:
    """Every page, in a tab of its own each, and the history of the sample data."""
    for query, page in (*(("", page) for page in PAGES), ("sample=1", "history")):
        async with open_tab(url, query, page):
            pass


def _core(home: Path, command: Sequence[str]) -> str:
    """One command of the shell; raises RuntimeError where it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "core", *command], cwd=ROOT, capture_output=True, text=True,
        check=False, env=_environment(home),
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.returncode}\n{done.stderr[-2000:]}")
    return done.stdout


def _environment(home: Path) -> dict[str, str]:
    return {
        **os.environ,
        "TRADEOFFS_HOME": str(home),
        "TRADEOFFS_LOCKS": str(home.parent / "locks"),
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
