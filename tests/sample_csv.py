"""CSV files of histories for tests: exported as the program does it, changed, and imported."""

import csv
import io
from collections.abc import Callable

from core.analysis.history_csv import history_csv, import_history_csv
from core.errors import FailureKind
from core.results.csv.importing import ImportReport
from core.results.history import History
from core.results.measured import Output, Phase
from core.results.stored import StoredRun
from core.results.types import Grade, Trust
from tests.samples import a_failure, a_result, a_run_environment, a_spec

Rows = list[dict[str, str]]
NASTY = 'a "b", c\nd\r\ne;=1+1\r-x\t@y ü 🦊 \u2028 \0'


def exported(history: History) -> bytes:
    """All runs, at ten cents an hour."""
    return "".join(history_csv(history.in_parts(history.ids()), lambda _: 0.1)).encode()


def imported(history: History, data: bytes) -> ImportReport:
    """What became of a file with these bytes."""
    return import_history_csv(history, io.BytesIO(data))


def stored(history: History) -> list[StoredRun]:
    """Everything of all runs."""
    return [run for part in history.in_parts(history.ids()) for run in part.runs]


def rows_of(data: bytes) -> Rows:
    """The rows as a program reads them."""
    csv.field_size_limit(2**24)  # Python's own is below a long run's samples
    return [*csv.DictReader(io.StringIO(data.decode(), newline=""))]


def written(rows: Rows, delimiter: str = ",") -> bytes:
    """A file of these rows."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def changed(data: bytes, change: Callable[[Rows], object]) -> bytes:
    """The file with its rows changed in place."""
    rows = rows_of(data)
    change(rows)
    return written(rows)


def some_runs(history: History) -> None:
    """Three runs whose texts try everything."""
    elsewhere = a_run_environment().model_copy(update={"host_name": "far;=away"})
    output = Output(text=f"={NASTY}", token_ids=(1,), prompt_tokens=9, new_tokens=(1,))
    trust = Trust(grade=Grade.B, reasons=("-1 %, so; =so",))
    parts = {"environment": elsewhere, "output": output, "trust": trust}
    stop = a_spec(prompt=f"'{NASTY}", stop="natural", stop_strings=["\n", "=x;"])
    history.finish(a_result("run-1", stop, **parts))
    history.finish(a_result("run-2", a_spec(precision="nf4", max_new_tokens=2000), minute=1))
    memory = {"phase": Phase.QUALITY, "field": "batch_size", "needed_bytes": 9, "free_bytes": 5}
    history.finish(
        a_failure("run-3", kind=FailureKind.OUT_OF_MEMORY, message=NASTY, minute=2, **memory)
    )
    history.tag(["run-1"], ["a, b", "=c;d", 'e"f'])
    history.annotate("run-2", NASTY.replace("\0", ""))
