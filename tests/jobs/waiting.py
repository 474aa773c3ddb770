"""Waiting in tests for what another thread brings about."""

import time
from collections.abc import Callable

from core.jobs.manager import JobManager
from core.results.measured import Phase


def until(true: Callable[[], object], seconds: float = 10) -> None:
    """Wait for a condition that another thread brings about."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"it did not happen within {seconds:g} s"
        time.sleep(0.01)


def in_phase(jobs: JobManager, run_id: str, phase: Phase) -> Callable[[], bool]:
    def check() -> bool:
        snapshot = jobs.snapshot(run_id)
        return snapshot is not None and snapshot.phase is phase

    return check
