"""The history's CSV, imported into a real history: a good row is kept, a bad one is named."""

import csv
import io
import random
import tempfile
from contextlib import suppress
from pathlib import Path

from core.analysis.history_csv import import_history_csv
from core.errors import RequestError
from core.results.csv.cells import armed, disarmed
from core.results.csv.record import RECORD_COLUMNS
from core.results.history import History
from tests.faults.fuzzing.mutation import mutated_bytes, mutated_json
from tests.faults.fuzzing.target import Target, scratch_folder
from tests.sample_csv import exported, some_runs

HISTORY = History(scratch_folder() / "history.sqlite3")


def feed(data: bytes) -> None:
    """Import it as a file; a file that is none of ours is refused."""
    with suppress(RequestError):
        import_history_csv(HISTORY, io.BytesIO(data))


def mutate(data: bytes, draw: random.Random) -> bytes:
    """Half of the time a cell or a run's record is changed, else any bytes."""
    csv.field_size_limit(2**24)
    try:
        rows = [*csv.DictReader(io.StringIO(data.decode(), newline=""))]
        row, names = draw.choice(rows), [*rows[0]]
        if draw.random() < 0.5:
            _change_record(row, draw)
        elif draw.random() < 0.5:
            name = draw.choice(names)
            row[name] = mutated_bytes(row[name].encode(), draw).decode(errors="replace")
        else:
            return mutated_bytes(data, draw)
        out = io.StringIO(newline="")
        writer = csv.DictWriter(out, names, delimiter=draw.choice(",,,;\t"))
        writer.writeheader()
        writer.writerows(rows)
        return out.getvalue().encode(errors="surrogatepass")
    except (ValueError, TypeError, AttributeError, IndexError, KeyError, csv.Error):
        return mutated_bytes(data, draw)


def _change_record(row: dict[str, str], draw: random.Random) -> None:
    record = "".join(armed(row[name]) for name in RECORD_COLUMNS)
    text = mutated_json(record.encode(), draw).decode(errors="replace")
    for name in RECORD_COLUMNS:
        row[name], text = disarmed(text[:32_000]), text[32_000:]


def _seeds() -> tuple[bytes, ...]:
    with tempfile.TemporaryDirectory() as folder:
        history = History(Path(folder) / "history.sqlite3")
        some_runs(history)
        data = exported(history)
    lines = data.split(b"\r\n")
    return (data, b"\r\n".join(lines[:1]) + b"\r\n", data.replace(b",", b";"), b"run_id,record_1\n")


TARGET = Target(
    "history_csv", feed, _seeds(), ("run_id", *RECORD_COLUMNS, "status", "queued"), mutate,
    longest=60_000, soak_runs=10_000,
)  # fmt: skip
