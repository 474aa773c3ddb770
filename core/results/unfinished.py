"""Runs that are queued or running: which of them come first, and which ones a crash has left.

Reads rows and processes; writing is the history's.
"""

from typing import Any

from sqlalchemy import Connection, Row, and_, or_, select

from core.errors import FailureKind
from core.results.columns import QUEUED, RUNNING, outcome_columns
from core.results.measured import Phase
from core.results.owner import Owner, this_process
from core.results.schema import runs
from core.results.types import RunFailure, now
from core.variants.spec import RunSpec

UNFINISHED = runs.c.status.in_((QUEUED, RUNNING))


def owner_columns() -> dict[str, Any]:
    """The columns that say that this process answers for a run."""
    owner = this_process()
    return {"owner_pid": owner.pid, "owner_started": owner.started}


def queue_place(connection: Connection, run_id: str) -> int | None:
    """1 for the run that is next on its device. Runs whose process is gone do not count, and those
    that one process submitted at the same moment are a pair with one place.
    """
    mine = (
        select(runs.c.device, runs.c.submitted_at)
        .where(runs.c.run_id == run_id, runs.c.status == QUEUED)
        .subquery()
    )
    earlier = or_(
        runs.c.submitted_at < mine.c.submitted_at,
        and_(runs.c.submitted_at == mine.c.submitted_at, runs.c.run_id <= run_id),
    )
    query = (
        select(runs.c.run_id, runs.c.submitted_at, runs.c.owner_pid, runs.c.owner_started)
        .join(mine, runs.c.device == mine.c.device)
        .where(UNFINISHED, earlier)
    )
    records = connection.execute(query).all()
    own = {_moment(record) for record in records if record.run_id == run_id}
    if not own:
        return None
    return 1 + len({_moment(record) for record in records if alive(record)} - own)


def _moment(record: Any) -> tuple[Any, ...]:
    return record.submitted_at, record.owner_pid, record.owner_started


def orphans(connection: Connection) -> list[Row[Any]]:
    """Unfinished runs whose process is gone, oldest first."""
    query = select(runs).where(UNFINISHED).order_by(runs.c.submitted_at)
    return [record for record in connection.execute(query) if not alive(record)]


def lost_columns(orphan: Row[Any]) -> dict[str, Any]:
    """The columns of a lost run's end; one whose spec is damaged keeps only the status."""
    try:
        return outcome_columns(lost(orphan))
    except ValueError:
        return {"status": "lost", "message": "Its process ended, and its spec is damaged."}


def lost(orphan: Row[Any]) -> RunFailure:
    """How an orphan ends. Raises ValueError where what is stored of it is damaged."""
    phase = Phase(orphan.phase) if orphan.phase else Phase.QUEUED
    spec = RunSpec.model_validate_json(orphan.spec)
    ended = now()
    return RunFailure(
        run_id=orphan.run_id,
        spec=spec,
        submitted_at=orphan.submitted_at,
        finished_at=ended,
        kind=FailureKind.LOST,
        message=f"Process {orphan.owner_pid}, which this run belonged to, ended while it was "
        f"{str(phase).replace('_', ' ')}.",
        phase=phase,
    )


def alive(record: Any) -> bool:
    """Whether the process that answers for a run, or for an experiment, still lives."""
    if record.owner_pid is None or record.owner_started is None:
        return False
    return Owner(record.owner_pid, record.owner_started).alive()
