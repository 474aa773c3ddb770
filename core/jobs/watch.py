"""A run, or the two of a pair, as its executor follows it: what to send, and whom to tell."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.errors import FailureKind
from core.jobs.executor import OnProgress
from core.jobs.job import failure_of
from core.jobs.protocol import PairCommand, Progress, RunCommand
from core.results.measured import Phase
from core.results.types import Outcome, now
from core.variants.pairing import PairPlan
from core.variants.spec import RunSpec

Outcomes = tuple[Outcome, ...]


@dataclass
class _Run:
    """One of the runs, in the phase that all of them are in."""

    run_id: str
    spec: RunSpec
    submitted_at: datetime
    phase: Phase


class Watch:
    """What is being carried out: one run, or with a plan two of them in turns."""

    def __init__(
        self,
        runs: Sequence[tuple[str, RunSpec]],
        on_progress: OnProgress,
        plan: PairPlan | None = None,
    ) -> None:
        self.phase = Phase.LOADING
        self._runs = tuple(runs)
        self._plan = plan
        self._submitted_at = now()
        self._since = time.monotonic()
        self._tell = on_progress

    @property
    def run_id(self) -> str:
        """The run's id; of a pair, that of run A."""
        return self._runs[0][0]

    @property
    def phase_seconds(self) -> float:
        """Seconds in the present phase."""
        return time.monotonic() - self._since

    def command(self, replaced_because: str | None) -> RunCommand | PairCommand:
        """What the worker is sent; the reason is why it is a new one, where it is for this."""
        runs = [
            RunCommand(
                run_id=run_id,
                spec=spec,
                submitted_at=self._submitted_at,
                worker_replaced=replaced_because,
            )
            for run_id, spec in self._runs
        ]
        return PairCommand(a=runs[0], b=runs[1], plan=self._plan) if self._plan else runs[0]

    def failed(self, kind: FailureKind, message: str) -> Outcomes:
        """The end of all of it as failures, now."""
        runs = (_Run(*run, self._submitted_at, self.phase) for run in self._runs)
        return tuple(failure_of(run, kind, message) for run in runs)

    def report(self, phase: Phase, detail: str) -> None:
        """Tell of something that the executor itself does."""
        self.take(Progress(run_id=self.run_id, phase=phase, detail=detail))

    def take(self, progress: Progress) -> None:
        """Note a phase and pass it on."""
        if progress.phase is not self.phase:
            self.phase = progress.phase
            self._since = time.monotonic()
        self._tell(progress)
