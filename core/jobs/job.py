"""One job's state as the manager keeps it, and the frozen picture that others may read."""

import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from core.errors import FailureKind
from core.jobs.protocol import Progress
from core.jobs.slots import Slot
from core.results.measured import Phase
from core.results.types import Outcome, RunFailure, RunResult, now
from core.variants.pairing import PairPlan
from core.variants.spec import RunSpec


@dataclass(frozen=True)
class JobSnapshot:
    """A job at one moment. `place` counts from 1 (next to run) while queued, else None.

    `elapsed_s` runs from submission to the end. `outcome` is None until the job is over.
    `unsaved` tells why the history does not have it, None where it does. Of a pair both runs have
    one place and one phase. `slot` is the key of the device that it is for, such as `node-a/cpu`,
    None for jobs of other processes.
    """

    run_id: str
    spec: RunSpec
    phase: Phase
    place: int | None
    done: int
    total: int | None
    detail: str
    elapsed_s: float
    cancelling: bool
    outcome: Outcome | None
    unsaved: str | None
    slot: str | None = None

    @property
    def active(self) -> bool:
        """Whether the job is queued or running."""
        return self.outcome is None

    @property
    def result(self) -> RunResult | None:
        """The result of a job that was measured."""
        return self.outcome if isinstance(self.outcome, RunResult) else None

    @property
    def failure(self) -> RunFailure | None:
        """The failure of a job that ended otherwise."""
        return self.outcome if isinstance(self.outcome, RunFailure) else None


class Followed(Protocol):
    """A run that somebody follows and can tell the end of."""

    run_id: str
    spec: RunSpec
    submitted_at: datetime

    @property
    def phase(self) -> Phase:
        """What the run is doing."""
        ...


def failure_of(run: Followed, kind: FailureKind, message: str) -> RunFailure:
    """The run's end as a failure, now, in the phase that it is in."""
    return RunFailure(
        run_id=run.run_id,
        spec=run.spec,
        submitted_at=run.submitted_at,
        finished_at=now(),
        kind=kind,
        message=message,
        phase=run.phase,
    )


@dataclass(eq=False)
class Job:
    """Mutable state; the manager's and the device queue's alone, under `lock`."""

    run_id: str
    spec: RunSpec
    submitted_at: datetime
    progress: Progress
    slot: Slot
    started: float = field(default_factory=time.monotonic)
    ended: float | None = None
    outcome: Outcome | None = None
    unsaved: str | None = None
    cancel_requested: bool = False
    over: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def phase(self) -> Phase:
        """What the job is doing, as it last said."""
        return self.progress.phase

    def picture(self, place: int | None) -> JobSnapshot:
        """The job as it is now; `place` is the caller's to know."""
        with self.lock:
            return JobSnapshot(
                run_id=self.run_id,
                spec=self.spec,
                phase=self.progress.phase,
                place=place if self.progress.phase is Phase.QUEUED else None,
                done=self.progress.done,
                total=self.progress.total,
                detail=self.progress.detail,
                elapsed_s=(self.ended or time.monotonic()) - self.started,
                cancelling=self.cancel_requested and self.outcome is None,
                outcome=self.outcome,
                unsaved=self.unsaved,
                slot=self.slot.key,
            )

    def finish(self, outcome: Outcome, unsaved: str | None) -> None:
        """End the job; whoever waits for it goes on."""
        with self.lock:
            self.outcome = outcome
            self.unsaved = unsaved
            self.ended = time.monotonic()
            self.progress = self.progress.model_copy(update={"phase": Phase.DONE})
        self.over.set()


@dataclass(eq=False)
class Entry:
    """What has one place in the queue: a job, or with a plan the two of a pair, A first. `lost`
    tells how the node was lost that it was tried on before, None at its first try.
    """

    jobs: tuple[Job, ...]
    plan: PairPlan | None = None
    lost: str | None = None

    @property
    def first(self) -> Job:
        """The job whose id and time of submission stand for all of it."""
        return self.jobs[0]

    @property
    def slot(self) -> Slot:
        """Where it is, or waits to be, carried out."""
        return self.first.slot

    @property
    def cancelled(self) -> bool:
        """Whether somebody has asked that it end."""
        return self.first.cancel_requested

    @property
    def order(self) -> tuple[datetime, str]:
        """What the queue is sorted by."""
        return self.first.submitted_at, self.first.run_id

    def move(self, slot: Slot, lost: str | None) -> None:
        """Let it be carried out there instead; `lost` where it had begun and its node was lost."""
        self.lost = lost
        for job in self.jobs:
            with job.lock:
                job.slot = slot
                job.progress = Progress(
                    run_id=job.run_id, phase=Phase.QUEUED, detail=f"once more on {slot.key}"
                )

    def note(self, progress: Progress) -> bool:
        """Make this the progress of all jobs; whether it is another phase."""
        is_new = progress.phase is not self.first.phase
        for job in self.jobs:
            with job.lock:
                job.progress = progress.model_copy(update={"run_id": job.run_id})
        return is_new

    def failed(self, kind: FailureKind, message: str) -> tuple[Outcome, ...]:
        """The end of all jobs as failures, now."""
        return tuple(failure_of(job, kind, message) for job in self.jobs)
