"""The history of all runs and failures: written when a run is submitted, updated as it goes.

Every error of the database is raised as HistoryError. Knows nothing of how runs are carried out.
What is read of many runs is in `lists` and `choosing`, what runs are compared with in `baselines`.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from core.errors import RequestError
from core.results import queries, unfinished
from core.results.baselines import Baselines
from core.results.choosing import Choosing
from core.results.columns import (
    QUEUED,
    RUNNING,
    SEARCHED,
    outcome_columns,
    searched_column,
    spec_columns,
    stamp,
    tags_column,
)
from core.results.databases.expressions import each
from core.results.lists import Lists
from core.results.measured import Phase
from core.results.schema import runs
from core.results.stored import StoredRun, stored_run
from core.results.types import Outcome
from core.variants.spec import RunSpec

SEARCHED_COLUMNS = tuple(runs.c[name] for name in (*SEARCHED, "tags"))
SEARCHED_CHANGES = {"tags", "note"}


class History(Lists, Choosing, Baselines):
    """All runs, in one database that several processes may use at once; safe in any thread."""

    def add(self, run_id: str, spec: RunSpec, submitted_at: datetime) -> None:
        """Store a run as it is submitted, with the process that answers for it."""
        values = _new_row(run_id, spec, submitted_at)
        with self.writing() as connection:
            connection.execute(runs.insert().values(values))

    def set_phase(self, run_id: str, phase: Phase) -> None:
        """Note what a run is doing; one that is over stays as it ended."""
        change = runs.update().where(runs.c.run_id == run_id, unfinished.UNFINISHED)
        with self.writing() as connection:
            connection.execute(change.values(status=RUNNING, phase=str(phase)))

    def finish(self, outcome: Outcome) -> None:
        """Store how a run ended, also one whose submission could not be stored."""
        ended = outcome_columns(outcome)
        new = _new_row(outcome.run_id, outcome.spec, outcome.submitted_at)
        change = runs.update().where(runs.c.run_id == outcome.run_id)
        with self.writing() as connection:
            if connection.execute(change.values(ended)).rowcount == 0:
                connection.execute(runs.insert().values({**new, **ended}))
            _search_anew(connection, [outcome.run_id])

    def get(self, run_id: str) -> StoredRun | None:
        """Everything stored of one run; None for an unknown id, HistoryError for a damaged run."""
        with self.reading() as connection:
            record = connection.execute(queries.run(run_id)).first()
        return stored_run(record) if record else None

    def queue_place(self, run_id: str) -> int | None:
        """1 for the run that is next on its device; None where the run is not queued."""
        with self.reading() as connection:
            return unfinished.queue_place(connection, run_id)

    def mark_lost(self) -> tuple[str, ...]:
        """End the unfinished runs whose process is gone, and return their ids."""
        with self.reading() as connection:
            if not unfinished.orphans(connection):
                return ()
        with self.writing() as connection:
            return tuple(_end_orphan(connection, row) for row in unfinished.orphans(connection))

    def beat(self) -> None:
        """Say that this process lives, where it answers for a run or an experiment."""
        with self.reading() as connection:
            if not unfinished.is_owner(connection):
                return
        with self.writing() as connection:
            unfinished.beat(connection)

    def tag(self, run_ids: Iterable[str], tags: Iterable[str]) -> None:
        """Give runs these tags in place of those that they have."""
        self._change(run_ids, tags=tags_column(tags))

    def annotate(self, run_id: str, note: str) -> None:
        """Give a run this note in place of the one that it has."""
        self._change([run_id], note=note)

    def delete(self, run_ids: Iterable[str]) -> None:
        """Hide runs until they are restored; raises RequestError for one that is not over."""
        ids = list(run_ids)
        with self.reading() as connection:
            active = connection.execute(select(runs.c.run_id).where(unfinished.UNFINISHED))
            not_over = set(ids).intersection(active.scalars())
        if not_over:
            raise RequestError("run_id", min(not_over), "the run is not over; cancel it first.")
        self._change(ids, deleted=True)

    def restore(self, run_ids: Iterable[str]) -> None:
        """Show deleted runs again."""
        self._change(run_ids, deleted=False)

    def _change(self, run_ids: Iterable[str], **values: object) -> None:
        ids = [*run_ids]
        if ids:
            with self.writing() as connection:
                connection.execute(runs.update().where(runs.c.run_id.in_(each(ids))).values(values))
                if SEARCHED_CHANGES & set(values):
                    _search_anew(connection, ids)


def _new_row(run_id: str, spec: RunSpec, submitted_at: datetime) -> dict[str, Any]:
    columns = {
        "run_id": run_id,
        "submitted_at": stamp(submitted_at),
        "status": QUEUED,
        **spec_columns(spec),
        **unfinished.owner_columns(),
        "tags": tags_column(()),
        "note": "",
        "deleted": False,
    }
    return {**columns, "searched": searched_column(columns)}


def _search_anew(connection: Connection, run_ids: Iterable[str]) -> None:
    """Bring what a search looks through up to date with a run's texts."""
    for run_id in run_ids:
        this = runs.c.run_id == run_id
        record = connection.execute(select(*SEARCHED_COLUMNS).where(this)).first()
        if record is not None:
            searched = searched_column(record._asdict())
            connection.execute(runs.update().where(this).values(searched=searched))


def _end_orphan(connection: Connection, orphan: Any) -> str:
    change = runs.update().where(runs.c.run_id == orphan.run_id)
    connection.execute(change.values(unfinished.lost_columns(orphan)))
    _search_anew(connection, [orphan.run_id])
    return str(orphan.run_id)
