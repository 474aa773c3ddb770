"""A measured run, a run that ended otherwise, and their parts. Raw samples are kept in full.

Seconds end in `_s`, bytes in `_bytes`. Unknown is None: never 0, never infinity.
"""

from datetime import UTC, datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from core.errors import FailureKind
from core.variants.spec import RunSpec
from core.variants.task import Match
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
    TASK = "task"
    DONE = "done"


class Samples(Record):
    """Raw times in seconds. `e2e_s` has one value per headline repeat, from a pass without
    instruments; `token_s[r][i]` is when token i of step-pass repeat r was there, from its start.
    `clock_mhz` is the device's clock just after the first and the last headline repeat, empty
    where it cannot be read.
    """

    warmup_s: tuple[float, ...] = ()
    warmup_settled: bool = False
    e2e_s: tuple[float, ...] = ()
    token_s: tuple[tuple[float, ...], ...] = ()
    clock_mhz: tuple[float, ...] = ()


class Times(Record):
    """Seconds once per run. `load_s` is of the load that made this variant resident, which may
    have been for an earlier run (`was_resident`). `first_s` is the first run of this shape in the
    worker, None where the shape had run before; `compile_s` is that run minus a warm one, where
    it compiled.
    """

    load_s: float | None = None
    was_resident: bool = False
    first_s: float | None = None
    compile_s: float | None = None
    quality_s: float | None = None
    phases_s: dict[Phase, float] = {}


class Memory(Record):
    """Bytes on the device. On a CPU `peak_bytes` is the worker's highest resident set in one
    generation, on a GPU the most that its allocator reserved; other resident variants are
    subtracted. Of it, `runtime_bytes` is the process before any model, `draft_bytes` the weights
    of a draft, `activation_bytes` the most that one forward pass holds for itself, `graph_bytes`
    what compiling added, and `rest_bytes` what remains: fragments that the allocator keeps.
    """

    weights_bytes: int | None = None
    kv_cache_bytes: int | None = None
    draft_bytes: int | None = None
    activation_bytes: int | None = None
    graph_bytes: int | None = None
    runtime_bytes: int | None = None
    rest_bytes: int | None = None
    peak_bytes: int | None = None
    reserved_bytes: int | None = None
    other_variants_bytes: int = 0
    method: str = ""


class Quality(Record):
    """Against the reference variant on a fixed text. `mean_kl_nats` is per token, in nats; bits per
    byte is of the text in UTF-8. `seconds` is what the measurement took, the reference's share
    included, when it was made: for an earlier run, where `from_cache` is set.
    """

    reference: str
    tokens: int
    mean_kl_nats: float
    top1_agreement: float
    perplexity: float
    perplexity_ratio: float
    bits_per_byte: float | None = None
    reference_bits_per_byte: float | None = None
    seconds: float | None = None
    from_cache: bool = False


class TaskKind(StrEnum):
    """A person's own task: a text to read, or questions to answer."""

    TEXT = "text"
    ANSWERS = "answers"


class Answer(Record):
    """A row of a task's CSV and what came, long texts shortened; the header is row 1. `problem`
    says why the answer could not be judged and so counts as wrong, where it could not.
    """

    row: int
    prompt: str
    expected: str
    match: Match
    answer: str
    correct: bool
    problem: str | None = None


class TaskScore(Record):
    """How well a variant did the person's own task. `items` are answers, or tokens of a text that
    were to be told from those before; `accuracy` is the share of them that was right, 0 to 1.
    """

    kind: TaskKind
    accuracy: float
    items: int
    correct: int
    perplexity: float | None = None
    bits_per_byte: float | None = None
    seconds: float
    answers: tuple[Answer, ...] = ()


class ModuleGroup(Record):
    """Modules that hold weights, those of all layers together (`model.layers.*.mlp.up_proj`), and
    the bytes that they store by dtype; a tensor that is shared counts where it is met first.
    """

    name: str
    kind: str
    quantised: bool
    count: int
    dtype_bytes: dict[str, int]


class Energy(Record):
    """What whole generations took from the supply, prompts included, by the device's own counter.
    `tokens` are the generated ones of all rows and all those generations.
    """

    joules: float
    window_s: float
    generations: int
    tokens: int
    counter: str


class Effective(Record):
    """What really ran, read from the loaded model and the last timed run. `graphs_from_disk` are
    compiled graphs that Inductor found in its disk cache: their `compile_s` is no first compile's.
    `attention_kernels` are the operators that a profiled forward pass called, `stopped_by` what
    ended each row: length, end of sequence, stop string or time limit.
    `revision` is the hub's commit that was loaded; `tokenizer` names one that is not the model's.
    """

    device: str
    attention: str
    attention_class: str
    dtype_bytes: dict[str, int]
    quantised_modules: dict[str, int]
    compute_dtype: str | None = None
    modules: tuple[ModuleGroup, ...] = ()
    attention_kernels: tuple[str, ...] = ()
    compiled_parts: int = 0
    compile_backend: str | None = None
    compile_mode: str | None = None
    decoding: str | None = None
    draft: str | None = None
    stopped_by: dict[str, int] = {}
    cache_class: str | None
    compiled_graphs: int
    graph_breaks: int
    graphs_from_disk: int = 0
    recompiles_while_timed: int
    threads: int | None
    weights: Weights | None = None
    revision: str | None = None
    tokenizer: str | None = None


class Ceilings(Record):
    """The most that a device was measured to do: bytes per second read from its memory, and
    operations per second of large matrix products by compute type. `seconds` is what measuring
    took; where it was not `quiet`, other programs used the device meanwhile.
    """

    device_name: str
    bandwidth_bytes_per_s: float
    peak_flops_per_s: dict[str, float]
    method: str
    measured_at: datetime
    seconds: float
    quiet: bool = True


class ModelFacts(Record):
    """What a step of a model costs, read off the loaded model. Matrix-product weights are those
    of linear layers and the output head; embeddings count only where tied to the head.
    `matmul_bytes` is what they occupy, scales included; `head_parameters` is the head's part.
    """

    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    hidden: int
    vocabulary: int
    parameters: int
    matmul_parameters: int
    head_parameters: int
    matmul_bytes: int
    kv_value_bytes: int
    compute_dtype: str


class DeviceState(Record):
    """The device and the host at one moment; None where it cannot be read. `slowed_by` names what
    holds a GPU's clock down, as its driver tells.
    """

    load_average: float | None = None
    other_cpu_share: float | None = None
    other_gpu_processes: int | None = None
    clock_mhz: float | None = None
    power_w: float | None = None
    temperature_c: float | None = None
    slowed_by: tuple[str, ...] = ()
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
    ceilings: Ceilings | None = None
    before: DeviceState
    after: DeviceState


class ForwardPasses(Record):
    """Forward passes of one generation, counted. `computed_tokens` are those of all rows, padding
    included; `proposed` and `accepted` the tokens that were guessed, and those that proved right.
    """

    count: int
    computed_tokens: int
    draft_count: int = 0
    proposed: int | None = None
    accepted: int | None = None


class Output(Record):
    """What was generated: the first row's text and tokens, and each row's count of real tokens.
    `prompt_tokens` are those of the longest row, `prompt_lengths` those of each.
    """

    text: str
    token_ids: tuple[int, ...]
    prompt_tokens: int
    prompt_lengths: tuple[int, ...] = ()
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
