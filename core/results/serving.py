"""A load that was served, in truth or in a simulation, and the measured steps behind the latter.

All times are seconds of the load's own clock, which begins with the load.
"""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from core.results.observed import Effective, RunEnvironment
from core.results.record import Record
from core.variants.load import Load
from core.variants.policy import Policy
from core.variants.spec import VariantSpec


class StepKind(StrEnum):
    """What a step computes: prompts up to their first token, one more token of each row, or, in
    an engine with continuous batching, both.
    """

    PREFILL = "prefill"
    DECODE = "decode"
    MIXED = "mixed"


class StepSample(Record):
    """One measured step.

    PREFILL: `batch` rows of `prompt_tokens` each, padding included; each has one new token then.
    `context_tokens` is 0.
    DECODE: one new token for each of `batch` rows, each with `context_tokens` in the cache, padding
    included. `prompt_tokens` is 0.
    MIXED: the rows differ, so both are sums over rows. `batch` rows decode, with `context_tokens`
    in the cache, all together; besides, prompts of `prompt_tokens`, all together, are worked in
    (0 where nobody joins). `new_tokens` is what came out: `batch` and one for each prompt that was
    finished.
    """

    kind: StepKind
    batch: int = Field(ge=0)
    prompt_tokens: int = Field(ge=0)
    context_tokens: int = Field(ge=0)
    new_tokens: int = Field(ge=0)
    seconds: float = Field(gt=0, allow_inf_nan=False)


class Calibration(Record):
    """Measured steps of one variant on one machine. `context` is the most tokens that its model
    takes; `batch_overhead_s` are seconds of batches outside of their steps, a sample per batch.
    """

    variant: VariantSpec
    samples: tuple[StepSample, ...]
    batch_overhead_s: tuple[float, ...] = ()
    context: int | None = None
    measured_at: datetime | None = None
    environment: RunEnvironment | None = None
    effective: Effective | None = None


class Served(Record):
    """A request that was served. `started_s` is when its prefill began, `first_token_s` when that
    ended, `ended_s` when its answer was handed over: that of a batch comes back with the longest
    answer in it. `batch` numbers the batch it was in; None in continuous batching.
    """

    number: int
    arrival_s: float
    started_s: float
    first_token_s: float
    ended_s: float
    prompt_tokens: int
    output_tokens: int
    batch: int | None = None

    @property
    def queue_s(self) -> float:
        """Seconds until work on it began."""
        return self.started_s - self.arrival_s

    @property
    def ttft_s(self) -> float:
        """Seconds to the first token, waiting included."""
        return self.first_token_s - self.arrival_s

    @property
    def e2e_s(self) -> float:
        """Seconds to the whole answer, waiting included."""
        return self.ended_s - self.arrival_s

    @property
    def tpot_s(self) -> float | None:
        """(e2e - TTFT) / (tokens - 1): in a batch it holds the wait for longer answers too. None
        of an answer of one token.
        """
        if self.output_tokens < 2:
            return None
        return (self.ended_s - self.first_token_s) / (self.output_tokens - 1)


class BatchStep(Record):
    """A stretch of work: a whole batch, or steps of continuous batching between which nobody came
    or went. Of `computed_tokens`, tokens that forward passes were fed with, `wanted_tokens`
    belonged to somebody's prompt or answer: an answer's last token is fed to no pass.
    """

    started_s: float
    ended_s: float
    rows: int
    wanted_tokens: int
    computed_tokens: int


class ServedLoad(Record):
    """What became of a load under one policy."""

    load: Load
    policy: Policy
    simulated: bool
    served: tuple[Served, ...]
    steps: tuple[BatchStep, ...]
    variant: VariantSpec | None = None
    started_at: datetime | None = None
