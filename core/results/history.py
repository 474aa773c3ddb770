"""The history of all runs and failures: written when a run is submitted, updated as it goes.

Every error of the database is raised as HistoryError. Knows nothing of how runs are carried out.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from core.errors import HistoryError, RequestError
from core.home import history_file
from core.results import queries, unfinished
from core.results.database import Database
from core.results.measured import Phase
from core.results.schema import baselines, prepare, runs
from core.results.stored import (
    QUEUED,
    RUNNING,
    RunRow,
    StoredRun,
    lacks_metrics,
    metrics_column,
    outcome_columns,
    run_row,
    spec_columns,
    stamp,
    stored_run,
    tags_column,
)
from core.results.twins import twin_of
from core.results.types import Outcome, RunResult
from core.variants.spec import RunSpec


@dataclass(frozen=True)
class RunsInFull:
    """Runs with everything stored of them, and the ids of those that are damaged."""

    runs: tuple[StoredRun, ...]
    damaged: tuple[str, ...]


class History:
    """All runs, in one database that several processes may use at once; safe in any thread."""

    def __init__(self, path: Path | None = None, busy_timeout_s: float = 5.0) -> None:
        self._database = Database(path or history_file(), busy_timeout_s)
        self._prepared = False

    @property
    def path(self) -> Path:
        """The database's file."""
        return self._database.path

    def add(self, run_id: str, spec: RunSpec, submitted_at: datetime) -> None:
        """Store a run as it is submitted, with the process that answers for it."""
        values = _new_row(run_id, spec, submitted_at)
        with self._writing() as connection:
            connection.execute(runs.insert().values(values))

    def set_phase(self, run_id: str, phase: Phase) -> None:
        """Note what a run is doing; one that is over stays as it ended."""
        change = runs.update().where(runs.c.run_id == run_id, unfinished.UNFINISHED)
        with self._writing() as connection:
            connection.execute(change.values(status=RUNNING, phase=str(phase)))

    def finish(self, outcome: Outcome) -> None:
        """Store how a run ended, also one whose submission could not be stored."""
        ended = outcome_columns(outcome)
        new = _new_row(outcome.run_id, outcome.spec, outcome.submitted_at)
        change = runs.update().where(runs.c.run_id == outcome.run_id)
        with self._writing() as connection:
            if connection.execute(change.values(ended)).rowcount == 0:
                connection.execute(runs.insert().values({**new, **ended}))

    def get(self, run_id: str) -> StoredRun | None:
        """Everything stored of one run; None for an unknown id, HistoryError for a damaged run."""
        with self._reading() as connection:
            record = connection.execute(queries.run(run_id)).first()
        return stored_run(record) if record else None

    def in_full(self, run_ids: Iterable[str]) -> RunsInFull:
        """Everything stored of these runs, in this order, in one look at the database; unknown ids
        are passed over.
        """
        found, damaged = [], []
        with self._reading() as connection:
            for run_id in run_ids:
                record = connection.execute(queries.run(run_id)).first()
                try:
                    found += [stored_run(record)] if record else []
                except HistoryError:
                    damaged.append(run_id)
        return RunsInFull(tuple(found), tuple(damaged))

    def rows(self, include_deleted: bool = False) -> list[RunRow]:
        """A light line for each run, newest first."""
        query = queries.listed(include_deleted)
        with self._reading() as connection:
            records = connection.execute(query).all()
        outdated = [record.run_id for record in records if lacks_metrics(record)]
        if outdated:
            self._add_metrics(outdated)
            with self._reading() as connection:
                records = connection.execute(query).all()
        return [run_row(record) for record in records]

    def queue_place(self, run_id: str) -> int | None:
        """1 for the run that is next on its device; None where the run is not queued."""
        with self._reading() as connection:
            return unfinished.queue_place(connection, run_id)

    def mark_lost(self) -> tuple[str, ...]:
        """End the unfinished runs whose process is gone, and return their ids."""
        with self._reading() as connection:
            if not unfinished.orphans(connection):
                return ()
        with self._writing() as connection:
            return tuple(_end_orphan(connection, row) for row in unfinished.orphans(connection))

    def tag(self, run_ids: Iterable[str], tags: Iterable[str]) -> None:
        """Give runs these tags in place of those that they have."""
        self._change(run_ids, tags=tags_column(tags))

    def annotate(self, run_id: str, note: str) -> None:
        """Give a run this note in place of the one that it has."""
        self._change([run_id], note=note)

    def delete(self, run_ids: Iterable[str]) -> None:
        """Hide runs until they are restored; raises RequestError for one that is not over."""
        ids = list(run_ids)
        with self._reading() as connection:
            active = connection.execute(select(runs.c.run_id).where(unfinished.UNFINISHED))
            not_over = set(ids).intersection(active.scalars())
        if not_over:
            raise RequestError("run_id", min(not_over), "the run is not over; cancel it first.")
        self._change(ids, deleted=True)

    def restore(self, run_ids: Iterable[str]) -> None:
        """Show deleted runs again."""
        self._change(run_ids, deleted=False)

    def pin_baseline(self, model: str, run_id: str) -> None:
        """Compare runs of that model with this run from now on; raises RequestError for one that
        is no measured run of that model.
        """
        known = queries.measured_of(model).where(runs.c.run_id == run_id)
        with self._writing() as connection:
            if connection.execute(known).first() is None:
                raise RequestError("run_id", run_id, f"it is no measured run of {model}.")
            connection.execute(baselines.delete().where(baselines.c.model == model))
            connection.execute(baselines.insert().values(model=model, run_id=run_id))

    def unpin_baseline(self, model: str) -> None:
        """Go back to the first fp32 run of that model."""
        with self._writing() as connection:
            connection.execute(baselines.delete().where(baselines.c.model == model))

    def pinned_baseline(self, model: str) -> str | None:
        """The id of the run that was pinned, where one was and is still shown."""
        with self._reading() as connection:
            return connection.execute(queries.pinned(model)).scalar()

    def baseline(self, model: str) -> RunResult | None:
        """The pinned run of that model, or its first fp32 run; None where there is neither."""
        with self._reading() as connection:
            pinned = connection.execute(queries.pinned(model)).first()
            query = queries.pinned(model) if pinned else queries.default_baselines(model)
            return next(_results(connection, query), None)

    def similar_results(self, spec: RunSpec, limit: int = 5) -> list[RunResult]:
        """Measured runs of its model and device: first those with its very levers, the newest."""
        with self._reading() as connection:
            return list(_results(connection, queries.similar(spec, limit)))

    def uncompiled_twin(self, spec: RunSpec) -> RunResult | None:
        """The newest measured run that differs from a compiled one in compiling alone."""
        with self._reading() as connection:
            return twin_of(spec, _results(connection, queries.uncompiled(spec)))

    def _add_metrics(self, run_ids: list[str]) -> None:
        """Derive what METRICS has gained since these results were stored, from their samples."""
        changes = [
            {"key": run.run_id, "value": metrics_column(run.metrics)}
            for run in self.in_full(run_ids).runs
        ]
        change = runs.update().where(runs.c.run_id == bindparam("key"))
        if changes:
            with self._writing() as connection:
                connection.execute(change.values(metrics=bindparam("value")), changes)

    def _change(self, run_ids: Iterable[str], **values: object) -> None:
        change = runs.update().where(runs.c.run_id == bindparam("key")).values(values)
        keys = [{"key": run_id} for run_id in run_ids]
        if keys:
            with self._writing() as connection:
                connection.execute(change, keys)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        self._prepare()
        with self._database.reading() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        self._prepare()
        with self._database.writing() as connection:
            yield connection

    def _prepare(self) -> None:
        """Bring the tables up to date at the first use, and again if the file was taken away."""
        if not (self._prepared and self.path.exists()):
            prepare(self._database)
            self._prepared = True


def _new_row(run_id: str, spec: RunSpec, submitted_at: datetime) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "submitted_at": stamp(submitted_at),
        "status": QUEUED,
        **spec_columns(spec),
        **unfinished.owner_columns(),
        "tags": tags_column(()),
        "note": "",
        "deleted": False,
    }


def _results(connection: Connection, ids: Select[Any]) -> Iterator[RunResult]:
    """The results of the runs that a query names; damaged ones are passed over."""
    for run_id in connection.execute(ids).scalars():
        try:
            outcome = stored_run(connection.execute(queries.run(run_id)).one()).outcome
        except HistoryError:
            continue
        if isinstance(outcome, RunResult):
            yield outcome


def _end_orphan(connection: Connection, orphan: Any) -> str:
    change = runs.update().where(runs.c.run_id == orphan.run_id)
    connection.execute(change.values(unfinished.lost_columns(orphan)))
    return str(orphan.run_id)
