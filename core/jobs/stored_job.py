"""The picture of a job of another process, or of an earlier one, as the history tells it."""

import time

from core.errors import HistoryError
from core.jobs.job import JobSnapshot
from core.results.history import History
from core.results.measured import Phase
from core.results.stored import StoredRun
from core.results.types import Outcome
from core.variants.environment import node_name


def _measured_elsewhere(stored: StoredRun) -> str:
    there = "" if stored.host_name in (None, node_name()) else f" on {stored.host_name}"
    return f"measured by another process{there}"


def stored_picture(stored: StoredRun, place: int | None) -> JobSnapshot:
    """The job as the history has it; `place` is its place in the queue, if it waits."""
    ended = stored.finished_at.timestamp() if stored.finished_at else time.time()
    return JobSnapshot(
        run_id=stored.run_id,
        spec=stored.spec,
        phase=Phase.DONE if stored.outcome else stored.phase or Phase.QUEUED,
        place=None if stored.outcome else place,
        done=0,
        total=None,
        detail="" if stored.outcome else _measured_elsewhere(stored),
        elapsed_s=max(0.0, ended - stored.submitted_at.timestamp()),
        cancelling=False,
        outcome=stored.outcome,
        unsaved=None,
    )


def stored_snapshot(history: History, run_id: str) -> JobSnapshot | None:
    """The picture of a job that this process does not follow; None where the history does not have
    it or cannot be read.
    """
    try:
        stored = history.get(run_id)
        if stored is not None and stored.outcome is None and history.refused is None:
            history.mark_lost()
            stored = history.get(run_id)
        place = history.queue_place(run_id)
    except HistoryError:
        return None
    return stored_picture(stored, place) if stored else None


def stored_end(history: History, run_id: str) -> Outcome:
    """How a run ended, as the history has it; raises KeyError where it has no end."""
    stored = history.get(run_id)
    if stored is None or stored.outcome is None:
        raise KeyError(run_id)
    return stored.outcome
