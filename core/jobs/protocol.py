"""The messages between an executor and its worker: one JSON object per line, told by `type`."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from core.errors import FailureKind
from core.results.load_outcome import LoadFailure, LoadOutcome
from core.results.measured import Phase
from core.results.record import Record
from core.results.types import Outcome, RunFailure, RunResult, now
from core.variants.engine import Engine
from core.variants.load_order import LoadOrder
from core.variants.pairing import PairPlan
from core.variants.spec import RunSpec, VariantSpec


class RunCommand(Record):
    """Measure this spec. `worker_replaced` says why the worker is a new one, if for this run."""

    type: Literal["run"] = "run"
    run_id: str
    spec: RunSpec
    submitted_at: datetime
    worker_replaced: str | None = None

    @property
    def device(self) -> str:
        """Where it is to be measured."""
        return self.spec.variant.device

    @property
    def engine(self) -> Engine:
        """Whose worker carries it out."""
        return self.spec.variant.engine

    def because(self, replaced: str) -> "RunCommand":
        """The same for a new worker, and why it is one."""
        return self.model_copy(update={"worker_replaced": replaced})

    def failed(self, kind: FailureKind, message: str, phase: Phase) -> tuple[RunFailure]:
        """Its end as a failure, now, in that phase."""
        failure = RunFailure(
            run_id=self.run_id,
            spec=self.spec,
            submitted_at=self.submitted_at,
            finished_at=now(),
            kind=kind,
            message=message,
            phase=phase,
        )
        return (failure,)


class PairCommand(Record):
    """Measure these two in turns; it is cancelled by the id of run A."""

    type: Literal["pair"] = "pair"
    a: RunCommand
    b: RunCommand
    plan: PairPlan

    @property
    def run_id(self) -> str:
        """The id of run A, which stands for both."""
        return self.a.run_id

    @property
    def device(self) -> str:
        """Where both are to be measured."""
        return self.a.device

    @property
    def engine(self) -> Engine:
        """Whose worker carries both out, B in a process of its own where its engine is another."""
        return self.a.engine

    @property
    def crosses(self) -> bool:
        """Whether the two have different engines."""
        return self.a.engine is not self.b.engine

    def because(self, replaced: str) -> "PairCommand":
        """The same for a new worker, and why it is one."""
        both = {"a": self.a.because(replaced), "b": self.b.because(replaced)}
        return self.model_copy(update=both)

    def failed(
        self, kind: FailureKind, message: str, phase: Phase
    ) -> tuple[RunFailure, RunFailure]:
        """The end of both as failures, now, in that phase."""
        return (*self.a.failed(kind, message, phase), *self.b.failed(kind, message, phase))


class LoadCommand(Record):
    """Measure steps, or serve a load."""

    type: Literal["load"] = "load"
    run_id: str
    order: LoadOrder
    worker_replaced: str | None = None

    @property
    def device(self) -> str:
        """Where it is to be measured."""
        return self.order.variant.device

    @property
    def engine(self) -> Engine:
        """Whose worker carries it out."""
        return self.order.variant.engine

    def because(self, replaced: str) -> "LoadCommand":
        """The same for a new worker, and why it is one."""
        return self.model_copy(update={"worker_replaced": replaced})

    def failed(self, kind: FailureKind, message: str, phase: Phase) -> tuple[LoadFailure]:
        """Its end as a failure, now, in that phase."""
        failure = LoadFailure(
            run_id=self.run_id, finished_at=now(), kind=kind, message=message, phase=phase
        )
        return (failure,)


class CancelCommand(Record):
    """Stop that run at the next token."""

    type: Literal["cancel"] = "cancel"
    run_id: str


class DropCommand(Record):
    """Free a resident variant."""

    type: Literal["drop"] = "drop"
    variant_id: str


Task = RunCommand | PairCommand | LoadCommand
"""What a worker carries out, one at a time: it has an id, a device, and an end."""
Command = Annotated[Task | CancelCommand | DropCommand, Field(discriminator="type")]


class Resident(Record):
    """A variant that is loaded in the worker; `used_at` only tells which was used later."""

    variant: VariantSpec
    weights_bytes: int
    used_at: float


class Progress(Record):
    """What a run is doing: `done` of `total` steps of this phase (None: not known). Of a pair it is
    told under the id of run A, and is what both are doing.
    """

    type: Literal["progress"] = "progress"
    run_id: str
    phase: Phase
    done: int = 0
    total: int | None = None
    detail: str = ""


class Residents(Record):
    """What the worker holds, sent when it starts and whenever that changes. `budget_bytes` is what
    it may hold at most, None where it holds one variant whatever its size.
    """

    type: Literal["residents"] = "residents"
    residents: tuple[Resident, ...] = ()
    budget_bytes: int | None


class Finished(Record):
    """A run has a result."""

    type: Literal["finished"] = "finished"
    result: RunResult

    @property
    def outcomes(self) -> tuple[Outcome]:
        """How the task ended."""
        return (self.result,)


class Failed(Record):
    """A run ended without a result."""

    type: Literal["failed"] = "failed"
    failure: RunFailure

    @property
    def outcomes(self) -> tuple[Outcome]:
        """How the task ended."""
        return (self.failure,)


class PairEnded(Record):
    """A pair is over: results of A and B, or failures of both."""

    type: Literal["pair_ended"] = "pair_ended"
    outcomes: tuple[Outcome, Outcome]


class LoadEnded(Record):
    """A load order is over."""

    type: Literal["load_ended"] = "load_ended"
    outcome: LoadOutcome

    @property
    def outcomes(self) -> tuple[LoadOutcome]:
        """How the task ended."""
        return (self.outcome,)


class Retiring(Record):
    """The worker ends itself; the run of `redo_run_id`, or the pair whose run A that is, is to be
    done again by a new one.
    """

    type: Literal["retiring"] = "retiring"
    reason: str
    redo_run_id: str | None


Event = Annotated[
    Progress | Residents | Finished | Failed | PairEnded | LoadEnded | Retiring,
    Field(discriminator="type"),
]

Outcomes = tuple[Outcome | LoadOutcome, ...]
"""How a task ended: one outcome, or of a pair those of A and B."""

COMMANDS: TypeAdapter[Command] = TypeAdapter(Command)
EVENTS: TypeAdapter[Event] = TypeAdapter(Event)
