"""The history of all runs and failures: written when a run is submitted, updated as it goes.

Every error of the database is raised as HistoryError. Knows nothing of how runs are carried out.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, and_, case, desc, select
from sqlalchemy.dialects.sqlite import insert

from core.errors import HistoryError, RequestError
from core.home import history_file
from core.results import unfinished
from core.results.database import Database
from core.results.schema import baselines, prepare, runs
from core.results.stored import (
    DONE,
    QUEUED,
    RUNNING,
    RunRow,
    StoredRun,
    lacks_metrics,
    outcome_columns,
    run_row,
    spec_columns,
    stamp,
    stored_run,
    tags_column,
)
from core.results.types import Outcome, Phase, RunResult
from core.variants.precision import Precision
from core.variants.spec import RunSpec

LISTED = tuple(column for column in runs.c if column.name not in ("spec", "outcome"))


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
        """Note what a run is doing."""
        running = {"status": RUNNING, "phase": str(phase)}
        with self._writing() as connection:
            connection.execute(runs.update().where(runs.c.run_id == run_id).values(running))

    def finish(self, outcome: Outcome) -> None:
        """Store how a run ended, also one whose submission could not be stored."""
        ended = outcome_columns(outcome)
        row = {**_new_row(outcome.run_id, outcome.spec, outcome.submitted_at), **ended}
        with self._writing() as connection:
            connection.execute(
                insert(runs).values(row).on_conflict_do_update(["run_id"], set_=ended)
            )

    def get(self, run_id: str) -> StoredRun | None:
        """Everything stored of one run; None for an unknown id."""
        with self._reading() as connection:
            record = connection.execute(select(runs).where(runs.c.run_id == run_id)).first()
        return stored_run(record) if record else None

    def rows(self, include_deleted: bool = False) -> list[RunRow]:
        """A light line for each run, newest first."""
        query = select(*LISTED).order_by(desc(runs.c.submitted_at), desc(runs.c.run_id))
        if not include_deleted:
            query = query.where(~runs.c.deleted)
        with self._reading() as connection:
            records = connection.execute(query).all()
        stale = [record.run_id for record in records if lacks_metrics(record)]
        if stale and self._renew_metrics(stale):
            return self.rows(include_deleted)
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
        active = and_(runs.c.run_id.in_(ids), unfinished.UNFINISHED)
        with self._reading() as connection:
            found = connection.execute(select(runs.c.run_id).where(active)).first()
        if found:
            raise RequestError("run_id", found.run_id, "the run is not over; cancel it first.")
        self._change(ids, deleted=True)

    def restore(self, run_ids: Iterable[str]) -> None:
        """Show deleted runs again."""
        self._change(run_ids, deleted=False)

    def pin_baseline(self, model: str, run_id: str) -> None:
        """Compare runs of that model with this run from now on."""
        stored = self.get(run_id)
        if stored is None or not isinstance(stored.outcome, RunResult):
            raise RequestError("run_id", run_id, "only a measured run can be a baseline.")
        pin = insert(baselines).values(model=model, run_id=run_id)
        with self._writing() as connection:
            connection.execute(pin.on_conflict_do_update(["model"], set_={"run_id": run_id}))

    def unpin_baseline(self, model: str) -> None:
        """Go back to the first fp32 run of that model."""
        with self._writing() as connection:
            connection.execute(baselines.delete().where(baselines.c.model == model))

    def pinned_baseline(self, model: str) -> str | None:
        """The id of the run that was pinned, where one was and is still shown."""
        query = (
            select(baselines.c.run_id)
            .join(runs, runs.c.run_id == baselines.c.run_id)
            .where(baselines.c.model == model, ~runs.c.deleted)
        )
        with self._reading() as connection:
            return connection.execute(query).scalar()

    def baseline(self, model: str) -> RunResult | None:
        """The pinned run of that model, or its first fp32 run; None where there is neither."""
        pinned = self.pinned_baseline(model)
        first = (
            select(runs)
            .where(runs.c.model == model, runs.c.precision == str(Precision.FP32))
            .order_by(runs.c.submitted_at)
        )
        query = select(runs).where(runs.c.run_id == pinned) if pinned else first
        found = self._results(query.limit(1))
        return found[0] if found else None

    def similar_results(self, spec: RunSpec, limit: int = 5) -> list[RunResult]:
        """Measured runs of the same model and device: those that share every lever first, then
        the newest.
        """
        variant = spec.variant
        alike = and_(
            runs.c.precision == str(variant.precision),
            runs.c.attention == str(variant.attention),
            runs.c.compile == str(variant.compile),
            runs.c.kv_cache == str(spec.workload.kv_cache),
        )
        query = (
            select(runs)
            .where(runs.c.model == variant.model, runs.c.device == variant.device)
            .order_by(case((alike, 0), else_=1), desc(runs.c.submitted_at))
        )
        return self._results(query.limit(limit))

    def _results(self, query: Any) -> list[RunResult]:
        """The results among the rows of a query; damaged ones are passed over."""
        with self._reading() as connection:
            records = connection.execute(query.where(runs.c.status == DONE, ~runs.c.deleted)).all()
        results = []
        for record in records:
            try:
                outcome = stored_run(record).outcome
            except HistoryError:
                continue
            if isinstance(outcome, RunResult):
                results.append(outcome)
        return results

    def _renew_metrics(self, run_ids: list[str]) -> int:
        """Derive the metrics of older results anew, since the table of metrics has grown."""
        results = self._results(select(runs).where(runs.c.run_id.in_(run_ids)))
        for result in results:
            self._change([result.run_id], metrics=outcome_columns(result)["metrics"])
        return len(results)

    def _change(self, run_ids: Iterable[str], **values: object) -> None:
        chosen = runs.c.run_id.in_(list(run_ids))
        with self._writing() as connection:
            connection.execute(runs.update().where(chosen).values(values))

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


def _end_orphan(connection: Connection, orphan: Any) -> str:
    """Write the end of a lost run; one whose spec is damaged keeps only the status."""
    try:
        ended = outcome_columns(unfinished.lost(orphan))
    except ValueError:
        ended = {"status": "lost", "message": "Its process ended, and its spec is damaged."}
    connection.execute(runs.update().where(runs.c.run_id == orphan.run_id).values(ended))
    return str(orphan.run_id)
