"""`python -m benchmarks [NAME …] [--minutes N]`: run them, print a table, write latest.json."""

import argparse
import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import (
    batching,
    decide,
    engines,
    headline,
    history,
    interactions,
    load_simulation,
    page_load,
    pairs,
    polling,
    responsiveness,
    roofline,
    search,
    sweep,
)
from benchmarks.rows import LATEST, Row, table, write
from core.engine.bundled import prepare
from core.home import engines_folder, exports_folder
from core.variants.models import BUNDLED_KEY

Benchmark = Callable[[Path, float], Iterator[Row]]
BENCHMARKS: dict[str, Benchmark] = {
    "responsiveness": lambda _folder, _minutes: responsiveness.measure(),
    "roofline": lambda _folder, _minutes: roofline.measure(),
    "decide": lambda folder, _minutes: decide.measure(folder),
    "load_simulation": lambda _folder, _minutes: load_simulation.measure(),
    "page_load": lambda folder, _minutes: page_load.measure(folder),
    "history": lambda folder, _minutes: history.measure(folder),
    "interactions": lambda folder, _minutes: interactions.measure(folder),
    "polling": lambda folder, _minutes: polling.measure(folder),
    "sweep": lambda folder, _minutes: sweep.measure(folder),
    "search": lambda _folder, _minutes: search.measure(),
    "headline": lambda _folder, minutes: headline.measure(minutes),
    "batching": lambda _folder, minutes: batching.measure(minutes),
    "engines": lambda _folder, _minutes: engines.measure(),
    "pairs": lambda _folder, minutes: pairs.measure(minutes),
}


def main() -> int:
    """0 where every promise that was measured is kept, else 1."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument(
        "--minutes",
        type=float,
        default=20.0,
        help="minutes for headline, pairs, batching",
    )
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(BENCHMARKS)
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; valid: {', '.join(BENCHMARKS)}")
    # A terminated benchmark ends what it started: the exception unwinds every `with`.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    rows: list[Row] = []
    with own_data_folder() as folder:
        for name in arguments.names or BENCHMARKS:
            print(f"{name} …", file=sys.stderr)
            rows += BENCHMARKS[name](folder, arguments.minutes)
    write(rows)
    print(f"{table(rows)}\n\nwritten to {LATEST}")
    return 1 if any(row.met is False for row in rows) else 0


@contextlib.contextmanager
def own_data_folder() -> Iterator[Path]:
    """A temporary data folder with the prepared model, and the person's engines and what was made
    for them, so that the person's history stays as it is.

    The device locks remain the machine's: a dashboard that measures now is waited for.
    """
    prepared, shared = prepare(), (engines_folder(), exports_folder())
    with tempfile.TemporaryDirectory(prefix="tradeoffs-bench-") as name:
        models = Path(name) / "home" / "models"
        models.mkdir(parents=True)
        (models / BUNDLED_KEY).symlink_to(prepared, target_is_directory=True)
        for folder in shared:
            folder.mkdir(parents=True, exist_ok=True)
            (models.parent / folder.name).symlink_to(folder, target_is_directory=True)
        os.environ["TRADEOFFS_HOME"] = str(models.parent)
        yield Path(name)


if __name__ == "__main__":
    sys.exit(main())
