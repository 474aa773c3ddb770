"""Derives what METRICS has gained since results were stored, from their samples."""

from collections.abc import Sequence

from sqlalchemy import bindparam

from core.errors import HistoryError
from core.results import queries
from core.results.columns import derived_columns
from core.results.schema import runs
from core.results.store import Store
from core.results.stored import stored_run
from core.results.types import RunResult

CHUNK = 200
CHANGE = (
    runs.update()
    .where(runs.c.run_id == bindparam("key"))
    .values(metrics=bindparam("new_metrics"), intervals=bindparam("new_intervals"))
)


def complete(store: Store, run_ids: Sequence[str]) -> bool:
    """Store what these results lack, some hundred at a time so that no writer waits for long, and
    say whether there was anything; damaged ones are left as they are. Raises HistoryError where
    nothing may be stored.
    """
    changed = False
    for start in range(0, len(run_ids), CHUNK):
        changes = _changes(store, run_ids[start : start + CHUNK])
        if changes and store.refused is not None:
            raise HistoryError(
                f"{len(changes)} runs of the history {store.database.name} were stored before this "
                "program had a metric that is asked for. Open it once where it may be written: "
                "`python -m core history` brings it up to date."
            )
        if changes:
            with store.writing() as connection:
                connection.execute(CHANGE, changes)
        changed = changed or bool(changes)
    return changed


def _changes(store: Store, run_ids: Sequence[str]) -> list[dict[str, str]]:
    found = []
    with store.reading() as connection:
        for run_id in run_ids:
            record = connection.execute(queries.run(run_id)).first()
            try:
                run = stored_run(record) if record else None
            except HistoryError:
                continue
            if run and isinstance(run.outcome, RunResult):
                columns = derived_columns(run.outcome, run.metrics)
                found.append({"key": run_id, **{f"new_{k}": v for k, v in columns.items()}})
    return found
