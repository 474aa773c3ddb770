"""A measured run, and a run that ended otherwise. Raw samples are kept in full."""

from datetime import UTC, datetime
from enum import StrEnum

from core.errors import FailureKind
from core.results.measured import (
    Energy,
    ForwardPasses,
    Memory,
    Output,
    Phase,
    Quality,
    Samples,
    TaskScore,
    Times,
)
from core.results.observed import Effective, ModelFacts, RunEnvironment
from core.results.record import Record
from core.variants.spec import RunSpec


class Grade(StrEnum):
    """How far a result can be trusted."""

    A = "A"
    B = "B"
    C = "C"


class Trust(Record):
    """A grade and the reasons that lowered it."""

    grade: Grade
    reasons: tuple[str, ...] = ()


class RunResult(Record):
    """A measured run. `quality_missing` and `energy_missing` say why there is none, where there
    is none; `task` is the score of the person's own task, where one was given.
    """

    run_id: str
    spec: RunSpec
    submitted_at: datetime
    finished_at: datetime
    times: Times
    samples: Samples
    memory: Memory
    quality: Quality | None
    quality_missing: str | None = None
    task: TaskScore | None = None
    energy: Energy | None = None
    energy_missing: str | None = None
    effective: Effective
    passes: ForwardPasses | None = None
    environment: RunEnvironment
    output: Output
    trust: Trust
    model: ModelFacts | None = None


class RunFailure(Record):
    """A run that ended without a result. `field` names the spec's field at fault, if one is."""

    run_id: str
    spec: RunSpec
    submitted_at: datetime
    finished_at: datetime
    kind: FailureKind
    message: str
    phase: Phase | None = None
    field: str | None = None
    needed_bytes: int | None = None
    free_bytes: int | None = None


Outcome = RunResult | RunFailure


def now() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)
