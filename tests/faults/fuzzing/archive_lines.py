"""An archive of a history: each line is stored, or refused by its number."""

import random
import tempfile
from contextlib import suppress
from pathlib import Path

from core.errors import HistoryError
from core.results import archive
from core.results.experiments import ExperimentKind, Experiments, ExperimentStatus
from core.results.history import History
from tests.faults.fuzzing.mutation import mutated_bytes, mutated_json
from tests.faults.fuzzing.target import Target, scratch_folder
from tests.sample_csv import some_runs

HISTORY = History(scratch_folder() / "history.sqlite3")


def feed(data: bytes) -> None:
    """Read it line by line, as a file opened in UTF-8 gives them."""
    lines = data.decode(errors="replace").splitlines(keepends=True)
    with suppress(HistoryError):
        archive.read_into(HISTORY, lines)


def mutate(data: bytes, draw: random.Random) -> bytes:
    """One of its lines changed within its JSON, or any bytes."""
    if draw.random() < 0.1:
        return mutated_bytes(data, draw)
    lines = data.splitlines() or [b""]
    at = draw.randrange(len(lines))
    lines[at] = mutated_json(lines[at], draw)
    return b"\n".join(lines)


def _seeds() -> tuple[bytes, ...]:
    with tempfile.TemporaryDirectory() as folder:
        history = History(Path(folder) / "history.sqlite3")
        some_runs(history)
        kept = Experiments(history)
        key = kept.begin(ExperimentKind.SWEEP, "a sweep", {"axes": {"precision": ["nf4"]}})
        kept.link(key, "nf4", "run-1")
        kept.end(key, ExperimentStatus.DONE, {"cells": 2})
        return tuple(line.encode() for line in archive.written(history))


TARGET = Target(
    "archive_lines", feed, _seeds(), ("run", "experiment", "status"), mutate,
    longest=60_000, soak_runs=10_000,
)  # fmt: skip
