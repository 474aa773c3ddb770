"""The messages between an executor and its worker: one JSON object per line, told by `type`."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from core.results.measured import Phase
from core.results.record import Record
from core.results.types import Outcome, RunFailure, RunResult
from core.variants.pairing import PairPlan
from core.variants.spec import RunSpec, VariantSpec


class RunCommand(Record):
    """Measure this spec. `worker_replaced` says why the worker is a new one, if for this run."""

    type: Literal["run"] = "run"
    run_id: str
    spec: RunSpec
    submitted_at: datetime
    worker_replaced: str | None = None


class PairCommand(Record):
    """Measure these two in turns; it is cancelled by the id of run A."""

    type: Literal["pair"] = "pair"
    a: RunCommand
    b: RunCommand
    plan: PairPlan


class CancelCommand(Record):
    """Stop that run at the next token."""

    type: Literal["cancel"] = "cancel"
    run_id: str


class DropCommand(Record):
    """Free a resident variant."""

    type: Literal["drop"] = "drop"
    variant_id: str


Command = Annotated[
    RunCommand | PairCommand | CancelCommand | DropCommand, Field(discriminator="type")
]


class Resident(Record):
    """A variant that is loaded in the worker; `used_at` in seconds since the epoch."""

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
    """What the worker holds, sent when it starts and whenever that changes."""

    type: Literal["residents"] = "residents"
    residents: tuple[Resident, ...] = ()
    budget_bytes: int


class Finished(Record):
    """A run has a result."""

    type: Literal["finished"] = "finished"
    result: RunResult


class Failed(Record):
    """A run ended without a result."""

    type: Literal["failed"] = "failed"
    failure: RunFailure


class PairEnded(Record):
    """A pair is over: results of A and B, or failures of both."""

    type: Literal["pair_ended"] = "pair_ended"
    outcomes: tuple[Outcome, Outcome]


class Retiring(Record):
    """The worker ends itself; the run of `redo_run_id`, or the pair whose run A that is, is to be
    done again by a new one.
    """

    type: Literal["retiring"] = "retiring"
    reason: str
    redo_run_id: str | None


Event = Annotated[
    Progress | Residents | Finished | Failed | PairEnded | Retiring, Field(discriminator="type")
]

COMMANDS: TypeAdapter[Command] = TypeAdapter(Command)
EVENTS: TypeAdapter[Event] = TypeAdapter(Event)
