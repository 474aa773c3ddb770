"""A measured run, a run that ended otherwise, and their parts. Raw samples are kept in full.

Seconds end in `_s`, bytes in `_bytes`. Unknown is None: never 0, never infinity.
"""

from datetime import UTC, datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from core.errors import FailureKind
from core.variants.spec import RunSpec
from core.variants.weights import Weights


class Record(BaseModel):
    """A closed, frozen part of a result."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Phase(StrEnum):
    """What a run is doing, in order."""

    QUEUED = "queued"
    LOADING = "loading"
    COMPILING = "compiling"
    WARMING_UP = "warming_up"
    MEASURING = "measuring"
    MEMORY = "memory"
    QUALITY = "quality"
    DONE = "done"


class Samples(Record):
    """Raw times in seconds. `e2e_s` has one value per headline repeat, from a pass without
    instruments; `token_s[r][i]` is when token i of step-pass repeat r was there, from its start.
    """

    warmup_s: tuple[float, ...] = ()
    warmup_settled: bool = False
    e2e_s: tuple[float, ...] = ()
    token_s: tuple[tuple[float, ...], ...] = ()


class Times(Record):
    """Seconds once per run. `load_s` is of the load that made this variant resident, which may
    have been for an earlier run (`was_resident`). `compile_s` is the first run minus a warm one.
    """

    load_s: float | None = None
    was_resident: bool = False
    compile_s: float | None = None
    quality_s: float | None = None
    phases_s: dict[Phase, float] = {}


class Memory(Record):
    """Bytes on the device. On a CPU `peak_bytes` is the worker's highest resident set in one
    generation, on a GPU the allocator's peak; other resident variants are subtracted.
    `runtime_bytes` is the process before any model; `rest_bytes` what remains of the peak.
    """

    weights_bytes: int | None = None
    kv_cache_bytes: int | None = None
    runtime_bytes: int | None = None
    rest_bytes: int | None = None
    peak_bytes: int | None = None
    reserved_bytes: int | None = None
    other_variants_bytes: int = 0
    method: str = ""


class Quality(Record):
    """Against the reference variant on a fixed text. `mean_kl_nats` is per token, in nats."""

    reference: str
    tokens: int
    mean_kl_nats: float
    top1_agreement: float
    perplexity: float
    perplexity_ratio: float


class Effective(Record):
    """What really ran, read from the loaded model and the last timed run. `graphs_from_disk` are
    compiled graphs that Inductor found in its disk cache: their `compile_s` is no first compile's.
    `revision` is the hub's commit that was loaded; `tokenizer` names one that is not the model's.
    """

    device: str
    attention: str
    attention_class: str
    dtype_bytes: dict[str, int]
    quantised_modules: dict[str, int]
    cache_class: str | None
    compiled_graphs: int
    graph_breaks: int
    graphs_from_disk: int = 0
    recompiles_while_timed: int
    threads: int | None
    weights: Weights | None = None
    revision: str | None = None
    tokenizer: str | None = None


class DeviceState(Record):
    """The device and the host at one moment; None where it cannot be read."""

    load_average: float | None = None
    other_cpu_share: float | None = None
    other_gpu_processes: int | None = None
    clock_mhz: float | None = None
    power_w: float | None = None
    temperature_c: float | None = None
    free_bytes: int | None = None


class RunEnvironment(Record):
    """The machine that a run was measured on. `worker_replaced` tells why this run got a fresh
    worker process, where memory did not come back from the one before.
    """

    device_name: str
    driver: str | None
    cpu_count: int
    platform: str
    python: str
    packages: dict[str, str]
    commit: str | None
    worker_replaced: str | None = None
    before: DeviceState
    after: DeviceState


class Output(Record):
    """What was generated: the first row's text and tokens, and each row's count of real tokens."""

    text: str
    token_ids: tuple[int, ...]
    prompt_tokens: int
    new_tokens: tuple[int, ...]


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
    """A measured run. `quality_missing` says why there is no quality, where there is none."""

    run_id: str
    spec: RunSpec
    submitted_at: datetime
    finished_at: datetime
    times: Times
    samples: Samples
    memory: Memory
    quality: Quality | None
    quality_missing: str | None = None
    effective: Effective
    environment: RunEnvironment
    output: Output
    trust: Trust


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
