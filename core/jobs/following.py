"""Waits for a job to end, and tells of it until then."""

from collections.abc import Callable
from typing import TypeVar

from core.jobs.job import End, Job, JobSnapshot, LoadSnapshot

WATCH_S = 0.2
Picture = TypeVar("Picture", JobSnapshot, LoadSnapshot)


def waited_for(
    job: Job[End],
    look: Callable[[str], Picture | None],
    on_change: Callable[[Picture], None] | None,
) -> End:
    """How the job ended; until then `on_change` is told of each new picture."""
    while not job.over.wait(WATCH_S if on_change else None):
        snapshot = look(job.run_id)
        if on_change and snapshot:
            on_change(snapshot)
    assert job.outcome is not None
    return job.outcome
