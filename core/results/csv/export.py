"""The history as CSV: a row per run, a column per field and metric, safe for spreadsheets.

The last columns are the run's record, from which `core.results.csv.importing` takes it in again.
"""

from collections.abc import Iterable, Iterator, Sequence

from core.results.csv.cells import csv_text
from core.results.csv.columns import RUN_ID, STATUS, readable_columns
from core.results.csv.record import RECORD_COLUMNS, record_of
from core.results.lists import RunsInFull
from core.results.metric import Metric
from core.results.stored import DAMAGED, UNREADABLE


def to_csv(found: Iterable[RunsInFull], metrics: Sequence[Metric]) -> Iterator[str]:
    """CSV text in parts, a header first; an unknown value is an empty cell, numbers are in full.

    Runs of which only the id can be read stand last.
    """
    columns = readable_columns(metrics)
    names = [name for name, _ in columns]
    damaged: list[str] = []
    yield csv_text([[*names, *RECORD_COLUMNS]])
    for part in found:
        damaged += part.damaged
        rows = ([*(read(run) for _, read in columns), *record_of(run)] for run in part.runs)
        yield csv_text(rows)
    for run_id in damaged:
        known = {RUN_ID: run_id, STATUS: UNREADABLE, "failure_message": DAMAGED}
        yield csv_text([[known.get(name) for name in (*names, *RECORD_COLUMNS)]])
