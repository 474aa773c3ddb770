"""The list of runs: a part of it, filtered and counted by the database, or all of it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

from core.errors import HistoryError
from core.results import queries
from core.results.completing import complete
from core.results.queries import EVERY_RUN, Wanted
from core.results.schema import runs
from core.results.store import Store
from core.results.stored import RunRow, StoredRun, lacks_metrics, run_row, stored_run

PART = 200


@dataclass(frozen=True)
class RunsInFull:
    """Runs with everything stored of them, and the ids of those that are damaged."""

    runs: tuple[StoredRun, ...]
    damaged: tuple[str, ...]


class Lists(Store):
    """Runs by the list, as lines or in full."""

    def rows(self, include_deleted: bool = False) -> list[RunRow]:
        """A light line for each run, newest first."""
        return self._lines(queries.listed(include_deleted))

    def page(self, wanted: Wanted, limit: int, offset: int = 0) -> list[RunRow]:
        """The newest of the runs that are wanted, after the first `offset` of them."""
        ids = queries.wanted_ids(wanted).limit(limit).offset(offset)
        return self._lines(queries.lines_of(ids))

    def lines(self, run_ids: Sequence[str], size: int = PART) -> Iterator[RunRow]:
        """The lines of these runs, newest first, some hundred in memory at a time."""
        for start in range(0, len(run_ids), size):
            yield from self._lines(queries.lines_of(run_ids[start : start + size]))

    def count(self, wanted: Wanted = EVERY_RUN) -> int:
        """How many runs are wanted."""
        with self.reading() as connection:
            return int(connection.execute(queries.counted(wanted)).scalar_one())

    def ids(self, wanted: Wanted = EVERY_RUN) -> list[str]:
        """The ids of all runs that are wanted, newest first."""
        with self.reading() as connection:
            return [*connection.execute(queries.wanted_ids(wanted)).scalars()]

    def choices(self) -> dict[str, list[str]]:
        """The values that each of the CHOICES has among the runs that are not deleted, sorted."""
        columns = [runs.c[name] for name in queries.CHOICES]
        query = select(*columns).where(~runs.c.deleted).group_by(*columns)
        with self.reading() as connection:
            found = connection.execute(query).all()
        return {
            name: sorted({str(record[i]) for record in found})
            for i, name in enumerate(queries.CHOICES)
        }

    def in_full(self, run_ids: Iterable[str]) -> RunsInFull:
        """Everything stored of these runs, in this order, in one look at the database; unknown ids
        are passed over.
        """
        found: list[StoredRun] = []
        damaged: list[str] = []
        with self.reading() as connection:
            for run_id in run_ids:
                record = connection.execute(queries.run(run_id)).first()
                try:
                    found += [stored_run(record)] if record else []
                except HistoryError:
                    damaged.append(run_id)
        return RunsInFull(tuple(found), tuple(damaged))

    def in_parts(self, run_ids: Iterable[str], size: int = PART) -> Iterator[RunsInFull]:
        """The same some hundred at a time, so that as many as there are fit in memory."""
        ids = [*run_ids]
        for start in range(0, len(ids), size):
            yield self.in_full(ids[start : start + size])

    def _lines(self, query: Select[Any]) -> list[RunRow]:
        """The lines that a query names; those that lack a metric get it first, where it may be
        stored.
        """
        with self.reading() as connection:
            records = connection.execute(query).all()
        lacking = [record.run_id for record in records if lacks_metrics(record)]
        if self.refused is None and complete(self, lacking):
            with self.reading() as connection:
                records = connection.execute(query).all()
        return [run_row(record) for record in records]
