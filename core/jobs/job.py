"""One job's state as the manager keeps it, and the frozen picture that others may read."""

import secrets
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from core.errors import FailureKind
from core.jobs.protocol import Outcomes, Progress, Task
from core.jobs.slots import Slot
from core.results.history import History
from core.results.load_outcome import LoadOutcome
from core.results.measured import Phase
from core.results.types import Outcome, RunFailure, RunResult
from core.variants.load_order import LoadOrder
from core.variants.spec import RunSpec

End = TypeVar("End", Outcome, LoadOutcome)


@dataclass(frozen=True)
class Snapshot:
    """A job at one moment. `place` counts from 1 (next to run) while queued, else None.

    `elapsed_s` runs from submission to the end. `slot` is the key of the device that it is for,
    such as `node-a/cpu`, None for jobs of other processes.
    """

    run_id: str
    phase: Phase
    place: int | None
    done: int
    total: int | None
    detail: str
    elapsed_s: float
    cancelling: bool


@dataclass(frozen=True)
class JobSnapshot(Snapshot):
    """A run. `outcome` is None until it is over; `unsaved` tells why the history does not have it,
    None where it does. Of a pair both runs have one place and one phase.
    """

    spec: RunSpec
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


@dataclass(frozen=True)
class LoadSnapshot(Snapshot):
    """A load order; `outcome` is None until it is over."""

    order: LoadOrder
    outcome: LoadOutcome | None
    slot: str | None = None

    @property
    def active(self) -> bool:
        """Whether the job is queued or running."""
        return self.outcome is None


@dataclass(eq=False)
class Job(Generic[End]):
    """Mutable state; the manager's and the device queue's alone, under `lock`."""

    run_id: str
    submitted_at: datetime
    progress: Progress
    slot: Slot
    started: float = field(default_factory=time.monotonic)
    ended: float | None = None
    outcome: End | None = None
    unsaved: str | None = None
    cancel_requested: bool = False
    over: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def device(self) -> str:
        """What the specs call the device that it is for."""
        raise NotImplementedError

    @property
    def phase(self) -> Phase:
        """What the job is doing, as it last said."""
        return self.progress.phase

    def note_phase(self, history: History) -> None:
        """Store what it is doing, where it is stored at all; raises HistoryError."""

    def store(self, history: History, outcome: End) -> None:
        """Store how it ended, where that is stored; raises HistoryError."""

    def finish(self, outcome: End, unsaved: str | None) -> None:
        """End the job; whoever waits for it goes on."""
        with self.lock:
            self.outcome = outcome
            self.unsaved = unsaved
            self.ended = time.monotonic()
            self.progress = self.progress.model_copy(update={"phase": Phase.DONE})
        self.over.set()

    def _common(self, place: int | None) -> dict[str, Any]:
        """What every snapshot tells, by its names there."""
        return {
            "run_id": self.run_id,
            "phase": self.progress.phase,
            "place": place if self.progress.phase is Phase.QUEUED else None,
            "done": self.progress.done,
            "total": self.progress.total,
            "detail": self.progress.detail,
            "elapsed_s": (self.ended or time.monotonic()) - self.started,
            "cancelling": self.cancel_requested and self.outcome is None,
            "slot": self.slot.key,
        }


@dataclass(eq=False, kw_only=True)
class RunJob(Job[Outcome]):
    """A run, which is a row of the history."""

    spec: RunSpec

    @property
    def is_stored(self) -> bool:
        """Whether it is over and the history has it."""
        return self.outcome is not None and self.unsaved is None

    @property
    def device(self) -> str:
        """What the spec calls the device that it is for."""
        return self.spec.variant.device

    def picture(self, place: int | None) -> JobSnapshot:
        """The job as it is now; `place` is the caller's to know."""
        with self.lock:
            return JobSnapshot(
                **self._common(place), spec=self.spec, outcome=self.outcome, unsaved=self.unsaved
            )

    def note_phase(self, history: History) -> None:
        """Store what it is doing; raises HistoryError."""
        history.set_phase(self.run_id, self.phase)

    def store(self, history: History, outcome: Outcome) -> None:
        """Store how it ended; raises HistoryError."""
        history.finish(outcome)


@dataclass(eq=False, kw_only=True)
class LoadJob(Job[LoadOutcome]):
    """A load order, which its experiment stores."""

    order: LoadOrder

    @property
    def device(self) -> str:
        """What the order calls the device that it is for."""
        return self.order.variant.device

    def picture(self, place: int | None) -> LoadSnapshot:
        """The job as it is now; `place` is the caller's to know."""
        with self.lock:
            return LoadSnapshot(**self._common(place), order=self.order, outcome=self.outcome)


def begun(submitted_at: datetime, slot: Slot) -> dict[str, Any]:
    """What every job begins with, by its names there."""
    run_id = f"{submitted_at:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
    progress = Progress(run_id=run_id, phase=Phase.QUEUED)
    return {"run_id": run_id, "submitted_at": submitted_at, "progress": progress, "slot": slot}


@dataclass(eq=False)
class Entry:
    """What has one place in the queue: a task and the jobs that it ends, of a pair A first. `lost`
    tells how the node was lost that it was tried on before, None at its first try; `begun` is
    whether this try was handed over to be carried out.
    """

    jobs: tuple[Job[Any], ...]
    task: Task
    lost: str | None = None
    begun: bool = False

    @property
    def first(self) -> Job[Any]:
        """The job whose id and time of submission stand for all of it."""
        return self.jobs[0]

    @property
    def slot(self) -> Slot:
        """Where it is, or waits to be, carried out."""
        return self.first.slot

    @property
    def cancelled(self) -> bool:
        """Whether somebody has asked that any of it end."""
        return any(job.cancel_requested for job in self.jobs)

    @property
    def order(self) -> tuple[datetime, str]:
        """What the queue is sorted by."""
        return self.first.submitted_at, self.first.run_id

    def move(self, slot: Slot, lost: str) -> None:
        """Let it be carried out there instead, once more where it had begun."""
        self.lost, self.begun = lost if self.begun else self.lost, False
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

    def failed(self, kind: FailureKind, message: str) -> Outcomes:
        """The end of all jobs as failures, now."""
        return self.task.failed(kind, message, self.first.phase)
