"""Carries out the orders of one load test: submit, wait, stop."""

import threading

from core.jobs.job import LoadSnapshot
from core.jobs.manager import JobManager
from core.jobs.slots import Slot
from core.results.load_outcome import LoadOutcome
from core.variants.load_order import LoadOrder, on_device
from core.variants.spec import RunSpec, VariantSpec


class LoadMeasuring:
    """Orders of one load test, one at a time for each thread that measures; safe to call from any.

    Without a slot all go to the one that the first of them went to, as long as it is there.
    """

    def __init__(self, jobs: JobManager) -> None:
        self._jobs = jobs
        self._stopped = threading.Event()
        self._running: dict[str, None] = {}
        self._usual: Slot | None = None

    @property
    def stopped(self) -> bool:
        """Whether it was asked to stop."""
        return self._stopped.is_set()

    def stop(self) -> None:
        """Begin nothing further, and cancel what is running."""
        self._stopped.set()
        for run_id in [*self._running]:
            self._jobs.cancel(run_id)

    def running(self) -> LoadSnapshot | None:
        """The order that is being carried out, the first one begun of several."""
        run_id = next(iter([*self._running]), None)
        return self._jobs.load_snapshot(run_id) if run_id else None

    def measure(self, order: LoadOrder, slot: Slot | None = None) -> LoadOutcome:
        """Carry out the order and wait for its end; raises RequestError where it cannot be."""
        place = slot or self._usual_slot(order.variant)
        run_id = self._jobs.submit_load(on_device(order, place.device), place)
        self._running[run_id] = None

        def look(_: LoadSnapshot) -> None:
            if self.stopped:
                self._jobs.cancel(run_id)

        try:
            return self._jobs.wait_load(run_id, look)
        finally:
            self._running.pop(run_id, None)

    def _usual_slot(self, variant: VariantSpec) -> Slot:
        self._usual = self._jobs.slot_for(RunSpec(variant=variant), self._usual)
        return self._usual
