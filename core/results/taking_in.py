"""Stores runs that were measured elsewhere, or earlier, under the ids that they have.

A run whose id the history has already is never changed: it is the same, or it is named.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select

from core.errors import HistoryError
from core.results.columns import outcome_columns, searched_column, spec_columns, stamp, tags_column
from core.results.databases.expressions import NUL, SHOWN_NUL, each
from core.results.schema import runs
from core.results.store import Store
from core.results.stored import StoredRun, stored_run

COMPARED = ("status", "submitted_at", "finished_at", "host_name", "tags", "note", "spec")
SHOWN = 60


@dataclass(frozen=True)
class Differs:
    """A run that the history has under the same id, and otherwise; `line` is the row's."""

    line: int
    column: str | None
    reason: str


@dataclass
class Taken:
    """What became of runs that were to be stored."""

    imported: int = 0
    restored: int = 0
    already_here: int = 0
    differing: list[Differs] = field(default_factory=list)


def take_in(store: Store, found: Sequence[tuple[int, StoredRun]]) -> Taken:
    """Store these runs, each with the line that it came from, in one transaction.

    One that was deleted here is shown again. Raises HistoryError, and then none is stored.
    """
    rows = {run.run_id: _row(run) for _, run in reversed(found)}  # made before the lock is taken
    taken, restored = Taken(), set[str]()
    if not found:
        return taken
    with store.writing() as connection:
        here = _stored(connection, list(rows))
        for line, run in found:
            if run.run_id not in here:
                here[run.run_id] = run
                connection.execute(runs.insert().values(rows[run.run_id]))
                taken.imported += 1
                continue
            differs = _difference(here[run.run_id], run)
            known = here[run.run_id]
            if differs:
                taken.differing.append(Differs(line, *differs))
            elif known and known.deleted and run.run_id not in restored:
                restored.add(run.run_id)
            else:
                taken.already_here += 1
        if restored:
            again = runs.update().where(runs.c.run_id.in_(each(restored)))
            connection.execute(again.values(deleted=False))
    taken.restored = len(restored)
    return taken


def _row(run: StoredRun) -> dict[str, Any]:
    """The columns of a run that is over, and that no process answers for any more."""
    outcome, ended = run.outcome, run.finished_at
    if outcome is None or ended is None:
        raise ValueError(f"run {run.run_id} is not over")
    columns = {
        **spec_columns(run.spec),
        **outcome_columns(outcome, run.metrics),
        "run_id": run.run_id,
        "submitted_at": stamp(run.submitted_at),
        "finished_at": stamp(ended),
        "host_name": run.host_name,
        "tags": tags_column(run.tags),
        "note": run.note,
        "deleted": False,
    }
    return {**columns, "searched": searched_column(columns)}


def _stored(connection: Connection, run_ids: Sequence[str]) -> dict[str, StoredRun | None]:
    """Those of the runs that the history has; None for a damaged one."""
    found: dict[str, StoredRun | None] = {}
    for record in connection.execute(select(runs).where(runs.c.run_id.in_(each(run_ids)))):
        try:
            found[record.run_id] = stored_run(record)
        except HistoryError:
            found[record.run_id] = None
    return found


def _difference(known: StoredRun | None, run: StoredRun) -> tuple[str | None, str] | None:
    """The column in which two runs of one id differ, and what to say of it; None for none."""
    already = f"a run {run.run_id!r} is in the history already"
    kept = "the stored one is left as it is"
    if known is None:
        return "run_id", f"{already}, and damaged there; {kept}"
    for name in COMPARED:
        there, here = _plain(getattr(known, name)), _plain(getattr(run, name))
        if there != here:
            said = f"its {name} is {_shown(there)} there and {_shown(here)} in the row"
            return name, f"{already}, and {said}; {kept}"
    if known.outcome != run.outcome:
        return "run_id", f"{already}, with other measured values; {kept}"
    return None


def _plain(value: object) -> object:
    """A value as either database gives it back."""
    return value.replace(NUL, SHOWN_NUL) if isinstance(value, str) else value


def _shown(value: object) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
