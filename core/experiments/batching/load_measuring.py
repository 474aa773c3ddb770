"""Carries out the orders of one load test, one after the other: submit, wait, stop."""

import threading

from core.jobs.job import LoadSnapshot
from core.jobs.manager import JobManager
from core.results.load_outcome import LoadOutcome
from core.variants.load_order import LoadOrder


class LoadMeasuring:
    """Orders of one load test. `measure` is called by its thread alone, the rest by any."""

    def __init__(self, jobs: JobManager) -> None:
        self._jobs = jobs
        self._stopped = threading.Event()
        self._running: str | None = None

    @property
    def stopped(self) -> bool:
        """Whether it was asked to stop."""
        return self._stopped.is_set()

    def stop(self) -> None:
        """Begin nothing further, and cancel what is running."""
        self._stopped.set()
        if self._running:
            self._jobs.cancel(self._running)

    def running(self) -> LoadSnapshot | None:
        """The order that is being carried out."""
        run_id = self._running
        return self._jobs.load_snapshot(run_id) if run_id else None

    def measure(self, order: LoadOrder) -> LoadOutcome:
        """Carry out the order and wait for its end; raises RequestError where it cannot be."""
        run_id = self._jobs.submit_load(order)
        self._running = run_id

        def look(_: LoadSnapshot) -> None:
            if self.stopped:
                self._jobs.cancel(run_id)

        try:
            return self._jobs.wait_load(run_id, look)
        finally:
            self._running = None
