"""Measures the runs of one experiment, one after the other: submit, link, wait, stop."""

import threading
from collections.abc import Callable

from core.errors import FailureKind, HistoryError
from core.experiments.run_end import RunEnd
from core.jobs.job import JobSnapshot
from core.jobs.manager import JobManager
from core.results.experiments import Experiments
from core.results.types import Outcome
from core.variants.spec import RunSpec

MOST_LOSSES = 3


class Measuring:
    """Runs of one experiment. `measure` is called by its thread alone, the rest by any."""

    def __init__(self, jobs: JobManager, experiments: Experiments, experiment_id: str) -> None:
        self.jobs = jobs
        self._experiments = experiments
        self._experiment_id = experiment_id
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
            self.jobs.cancel(self._running)

    def running(self) -> JobSnapshot | None:
        """The run that is being measured."""
        run_id = self._running
        return self.jobs.snapshot(run_id) if run_id else None

    def measure(
        self,
        spec: RunSpec,
        label: str,
        begun: Callable[[str], None] = lambda _: None,
        used_up: Callable[[], bool] = lambda: False,
    ) -> Outcome:
        """Measure the spec and wait for its end. `begun` is told the run id once it is submitted
        and linked; the run is cancelled as soon as `used_up` says so.

        Raises RequestError where it cannot run here, HistoryError where it cannot be stored.
        """
        run_id = self.jobs.submit(spec)
        self._running = run_id
        try:
            self._link(run_id, label)
            begun(run_id)
            return self._wait(run_id, used_up)
        finally:
            self._running = None

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
