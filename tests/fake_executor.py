"""An executor that measures nothing and can be held in any phase, to test what waits for it."""

import threading

from core.errors import FailureKind
from core.jobs.executor import OnProgress, Pair
from core.jobs.protocol import Progress, Resident, Residents
from core.results.measured import Phase
from core.results.types import Outcome, RunFailure
from core.variants.pairing import PairPlan
from core.variants.spec import RunSpec
from tests.sample_pairs import a_pair
from tests.samples import a_failure, a_result

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

    def run(self, run_id: str, spec: RunSpec, on_progress: OnProgress) -> Outcome:
        """Report each phase, then end as told."""
        self.started.append(run_id)
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            return self._phases(run_id, spec, on_progress)
        finally:
            self.running -= 1

    def run_pair(
        self, run_ids: Pair[str], specs: Pair[RunSpec], plan: PairPlan, on_progress: OnProgress
    ) -> Pair[Outcome]:
        """Report each phase once for both, then end both as told, or with results that know each
        other and have as many pairs as the plan's first look.
        """
        outcome = self.run(run_ids[0], specs[0], on_progress)
        if isinstance(outcome, RunFailure):
            a, b = (
                outcome.model_copy(update={"run_id": run_id, "spec": spec})
                for run_id, spec in zip(run_ids, specs, strict=True)
            )
            return a, b
        return a_pair(run_ids, specs, plan)

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

    def _phases(self, run_id: str, spec: RunSpec, on_progress: OnProgress) -> Outcome:
        for phase in PHASES:
            on_progress(Progress(run_id=run_id, phase=phase, done=1, total=2, detail="fake"))
            if phase is self.hold:
                self._go_on.wait(timeout=30)
            if run_id in self._cancelled:
                kind = FailureKind.CANCELLED
                return a_failure(run_id, spec, kind=kind, message="Cancelled.", phase=phase)
        if self.fail_with:
            return a_failure(run_id, spec, kind=self.fail_with, field=self.field_at_fault)
        variant = spec.variant
        self._resident[variant.id] = Resident(
            variant=variant, weights_bytes=538_060_288, used_at=0.0
        )
        return a_result(run_id, spec)
