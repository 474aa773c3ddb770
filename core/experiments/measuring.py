"""Measures the runs of one experiment: submit, link, wait, stop."""

import threading
from collections.abc import Callable

from core.errors import FailureKind, HistoryError
from core.experiments.run_end import RunEnd
from core.jobs.job import JobSnapshot
from core.jobs.manager import JobManager
from core.jobs.slots import Slot
from core.results.experiments import Experiments
from core.results.types import Outcome
from core.variants.spec import RunSpec

MOST_LOSSES = 3


class Measuring:
    """Runs of one experiment, one at a time for each thread that measures; safe to call from any.

    Without a slot all runs of a device go to the one that the first of them went to, as long as it
    is there: an experiment compares its runs.
    """

    def __init__(self, jobs: JobManager, experiments: Experiments, experiment_id: str) -> None:
        self.jobs = jobs
        self._experiments = experiments
        self._experiment_id = experiment_id
        self._stopped = threading.Event()
        self._running: dict[str, None] = {}
        self._usual: dict[str, Slot] = {}

    @property
    def stopped(self) -> bool:
        """Whether it was asked to stop."""
        return self._stopped.is_set()

    def stop(self) -> None:
        """Begin nothing further, and cancel what is running."""
        self._stopped.set()
        for run_id in [*self._running]:
            self.jobs.cancel(run_id)

    def running(self) -> tuple[JobSnapshot, ...]:
        """The runs that are being measured, the first one begun first."""
        found = (self.jobs.snapshot(run_id) for run_id in [*self._running])
        return tuple(snapshot for snapshot in found if snapshot)

    def measure(
        self,
        spec: RunSpec,
        label: str,
        begun: Callable[[str], None] = lambda _: None,
        used_up: Callable[[], bool] = lambda: False,
        slot: Slot | None = None,
    ) -> Outcome:
        """Measure the spec and wait for its end. `begun` is told the run id once it is submitted
        and linked; the run is cancelled as soon as `used_up` says so.

        Raises RequestError where it cannot run here, HistoryError where it cannot be stored.
        """
        run_id = self.jobs.submit(spec, slot or self.usual_slot(spec))
        self._running[run_id] = None
        try:
            self._link(run_id, label)
            begun(run_id)
            return self._wait(run_id, used_up)
        finally:
            self._running.pop(run_id, None)

    def usual_slot(self, spec: RunSpec) -> Slot:
        """Where the experiment's runs of the spec's device go; raises RequestError for none."""
        device = spec.variant.device
        slot = self._usual[device] = self.jobs.slot_for(spec, self._usual.get(device))
        return slot

    def _link(self, run_id: str, label: str) -> None:
        try:
            self._experiments.link(self._experiment_id, label, run_id)
        except HistoryError:
            self.jobs.cancel(run_id)
            raise

    def _wait(self, run_id: str, used_up: Callable[[], bool]) -> Outcome:
        def look(_: JobSnapshot) -> None:
            if self.stopped or used_up():
                self.jobs.cancel(run_id)

        outcome = self.jobs.wait(run_id, look)
        ended = self.jobs.snapshot(run_id)
        if ended is not None and ended.unsaved:
            raise HistoryError(ended.unsaved)
        return outcome


class Losses:
    """Workers lost in a row, over so many variants that it can't be the cells' fault: the sweep has
    `variants` in all.
    """

    def __init__(self, variants: int) -> None:
        self._enough_variants = min(MOST_LOSSES, variants)
        self._lost: list[RunSpec] = []

    def count(self, spec: RunSpec, end: RunEnd) -> str | None:
        """Take in how a run ended; the reason to give up, where there is one."""
        if end.failure is not FailureKind.LOST:
            self._lost.clear()
            return None
        self._lost.append(spec)
        lost, variants = len(self._lost), len({spec.variant.id for spec in self._lost})
        if lost < MOST_LOSSES or variants < self._enough_variants:
            return None
        return f"The worker was lost {lost} times in a row; the last time: {end.reason}"
