"""Runs that are queued or running: which of them come first, and which ones a crash has left.

Reads rows and processes, and says that this one lives; other writing is the history's.
"""

import math
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, and_, exists, or_, select

from core.errors import FailureKind
from core.results.columns import QUEUED, RUNNING, outcome_columns
from core.results.databases.expressions import present_s, silent_s
from core.results.measured import Phase
from core.results.owner import Owner, this_process
from core.results.schema import experiments, runs
from core.results.types import RunFailure, now
from core.variants.environment import node_name
from core.variants.spec import RunSpec

UNFINISHED = runs.c.status.in_((QUEUED, RUNNING))
OWNED = {runs: UNFINISHED, experiments: experiments.c.status == RUNNING}


def owner_columns() -> dict[str, Any]:
    """The columns that say that this process answers for a run, or for an experiment, and lives."""
    owner = this_process()
    return {
        "host_name": node_name(),
        "owner_host": owner.host,
        "owner_pid": owner.pid,
        "owner_started": owner.started,
        "owner_seen": present_s(),
    }


def owning(table: Table) -> list[ColumnElement[Any]]:
    """What `alive` must know of each row."""
    columns = [table.c[name] for name in ("host_name", "owner_host", "owner_pid", "owner_started")]
    return [*columns, silence_of(table)]


def silence_of(table: Table) -> ColumnElement[float]:
    """Seconds since a row's process last said that it lives."""
    return silent_s(table.c.owner_seen, table.c.owner_host).label("silent_s")


def is_owner(connection: Connection) -> bool:
    """Whether this process answers for anything that is not over."""
    return any(connection.execute(select(exists().where(_mine(table)))).scalar() for table in OWNED)


def beat(connection: Connection) -> None:
    """Say that this process lives, with all that it answers for."""
    for table in OWNED:
        connection.execute(table.update().where(_mine(table)).values(owner_seen=present_s()))


def _mine(table: Table) -> ColumnElement[bool]:
    owner, columns = this_process(), table.c
    return and_(
        OWNED[table],
        columns.owner_host == owner.host,
        columns.owner_pid == owner.pid,
        columns.owner_started == owner.started,
    )


def queue_place(connection: Connection, run_id: str) -> int | None:
    """1 for the run that is next on its device of its host. Runs whose process is gone do not
    count, and those that one process submitted at the same moment are a pair with one place.
    """
    mine = (
        select(runs.c.device, runs.c.owner_host, runs.c.submitted_at)
        .where(runs.c.run_id == run_id, runs.c.status == QUEUED)
        .subquery()
    )
    earlier = or_(
        runs.c.submitted_at < mine.c.submitted_at,
        and_(runs.c.submitted_at == mine.c.submitted_at, runs.c.run_id <= run_id),
    )
    there = and_(
        runs.c.device == mine.c.device, runs.c.owner_host.is_not_distinct_from(mine.c.owner_host)
    )
    query = select(runs.c.run_id, runs.c.submitted_at, *owning(runs)).join(mine, there)
    records = connection.execute(query.where(UNFINISHED, earlier)).all()
    own = {_moment(record) for record in records if record.run_id == run_id}
    if not own:
        return None
    return 1 + len({_moment(record) for record in records if alive(record)} - own)


def _moment(record: Any) -> tuple[Any, ...]:
    return record.submitted_at, record.owner_pid, record.owner_started


def orphans(connection: Connection) -> list[Row[Any]]:
    """Unfinished runs whose process is gone, oldest first."""
    told = (runs.c.run_id, runs.c.submitted_at, runs.c.phase, runs.c.spec, *owning(runs))
    query = select(*told).where(UNFINISHED).order_by(runs.c.submitted_at)
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
        message=f"{process_of(orphan)}, which this run belonged to, {_end_of(orphan)} while it was "
        f"{str(phase).replace('_', ' ')}.",
        phase=phase,
    )


def alive(record: Any) -> bool:
    """Whether the process that answers for a run, or for an experiment, still lives."""
    if record.owner_pid is None or record.owner_started is None:
        return False
    return owner_of(record).alive(record.silent_s)


def owner_of(record: Any) -> Owner:
    """The process that answers for it."""
    return Owner(record.owner_host, record.owner_pid, record.owner_started)


def process_of(record: Any) -> str:
    """That process in words; of another host with the host's name."""
    there = "" if _is_here(record) else f" on {record.host_name}"
    return f"Process {record.owner_pid}{there}"


def _end_of(record: Any) -> str:
    if _is_here(record):
        return "ended"
    if record.silent_s == math.inf:
        return "ended before the machine was started again,"
    return "was not heard of any more"


def _is_here(record: Any) -> bool:
    return record.owner_host in (None, this_process().host)
