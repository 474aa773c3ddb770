"""An executor that measures nothing and can be held in any phase, to test what waits for it."""

import threading

from core.errors import FailureKind
from core.jobs.executor import OnProgress
from core.jobs.protocol import (
    LoadCommand,
    Outcomes,
    PairCommand,
    Progress,
    Resident,
    Residents,
    Task,
)
from core.results.measured import Phase
from tests.sample_loads import load_end
from tests.sample_pairs import a_pair
from tests.samples import a_result

PHASES = (Phase.LOADING, Phase.WARMING_UP, Phase.MEASURING, Phase.MEMORY, Phase.QUALITY)


class FakeExecutor:
    """Goes through the phases at once, or waits in `hold` until `release()` or a cancel.

    `fail_with` makes each run end as that failure; `started` lists the runs in their order.
    """

    def __init__(self, hold: Phase | None = None, fail_with: FailureKind | None = None) -> None:
        self.hold = hold
        self.fail_with = fail_with
        self.field_at_fault: str | None = None
        self.started: list[str] = []
        self.running = 0
        self.most_running = 0
        self.closed = False
        self._resident: dict[str, Resident] = {}
        self._go_on = threading.Event()
        self._cancelled: set[str] = set()

    def carry_out(self, task: Task, on_progress: OnProgress) -> Outcomes:
        """Report each phase once, then end as told: a pair with results that know each other and
        have as many pairs as the plan's first look.
        """
        self.started.append(task.run_id)
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            return self._phases(task, on_progress) or self._results(task)
        finally:
            self.running -= 1

    def cancel(self, run_id: str) -> None:
        """End a held run, or a held pair by the id of its run A."""
        self._cancelled.add(run_id)
        self._go_on.set()

    def release(self) -> None:
        """Let the held run, and all later ones, go on."""
        self.hold = None
        self._go_on.set()

    def residents(self) -> Residents:
        """The variants of the runs so far."""
        return Residents(budget_bytes=10_000_000_000, residents=tuple(self._resident.values()))

    def drop(self, variant_id: str) -> None:
        """Forget a variant."""
        self._resident.pop(variant_id, None)

    def close(self) -> None:
        """Note that it was closed."""
        self.closed = True

    def _phases(self, task: Task, on_progress: OnProgress) -> Outcomes | None:
        """How the task failed in a phase, or after all of them; None where it did not."""
        for phase in PHASES:
            on_progress(Progress(run_id=task.run_id, phase=phase, done=1, total=2, detail="fake"))
            if phase is self.hold:
                self._go_on.wait(timeout=30)
            if task.run_id in self._cancelled:
                return task.failed(FailureKind.CANCELLED, "Cancelled.", phase)
        if self.fail_with is None:
            return None
        update = {"field": self.field_at_fault}
        failures = task.failed(self.fail_with, "The model could not be run.", Phase.LOADING)
        return tuple(failure.model_copy(update=update) for failure in failures)

    def _results(self, task: Task) -> Outcomes:
        if isinstance(task, LoadCommand):
            return (load_end(task),)
        if isinstance(task, PairCommand):
            a, b = task.a, task.b
            return a_pair((a.run_id, b.run_id), (a.spec, b.spec), task.plan)
        variant = task.spec.variant
        self._resident[variant.id] = Resident(
            variant=variant, weights_bytes=538_060_288, used_at=0.0
        )
        return (a_result(task.run_id, task.spec),)
