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
from core.results.observed import Effective, EndpointFacts, ModelFacts, RunEnvironment
from core.results.record import Record
from core.variants.pairing import Side
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


class Stopped(StrEnum):
    """Why measuring in turns ended: a difference is shown, a difference that matters is excluded,
    or neither was so after the most pairs.
    """

    DECIDED = "decided"
    EQUIVALENT = "equivalent"
    MOST_PAIRS = "most_pairs"


class Pairing(Record):
    """That a run was measured in turns with another, so that their repeats are pairs: element i of
    `samples.e2e_s` of one was measured beside element i of the other's, and of `token_s` as well.
    `error_rate` is the share of intervals at the last look that would miss the ratio.
    """

    partner_id: str
    side: Side
    pairs: int
    stopped: Stopped
    error_rate: float
    most_pairs: int
    smallest_effect: float


class RunResult(Record):
    """A measured run. `quality_missing` and `energy_missing` say why there is none, where there
    is none; `task` is the score of the person's own task, where one was given; `pairing` tells of
    the run that it was measured in turns with, where there was one; `endpoint` of the server, where
    one generated. From `started_at` to `finished_at` the device was this run's, or its pair's.
    """

    run_id: str
    spec: RunSpec
    submitted_at: datetime
    started_at: datetime | None = None
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
    pairing: Pairing | None = None
    endpoint: EndpointFacts | None = None


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
