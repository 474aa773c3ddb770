"""What was read off the loaded model and the machine: what really ran, and on what."""

from datetime import datetime

from pydantic import Field

from core.results.record import Record
from core.variants.weights import Weights

# What ends a row, as `Effective.stopped_by` names it.
LENGTH, END_OF_SEQUENCE, STOP_STRING = "length", "end of sequence", "stop string"
TIME_LIMIT = "time limit"


class ModuleGroup(Record):
    """Modules that hold weights, those of all layers together (`model.layers.*.mlp.up_proj`), and
    the bytes that they store by dtype; a tensor that is shared counts where it is met first.
    """

    name: str
    kind: str
    quantised: bool
    count: int
    dtype_bytes: dict[str, int]


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
    stopped_by: dict[str, int] = Field(default_factory=dict)
    cache_class: str | None
    compiled_graphs: int
    graph_breaks: int
    graphs_from_disk: int = 0
    recompiles_while_timed: int
    threads: int | None
    weights: Weights | None = None
    revision: str | None = None
    tokenizer: str | None = None


class EndpointFacts(Record):
    """The server that generated, and how it was asked. `round_trip_s` are TCP handshakes with
    whatever answers at the address. `route` is the interface, `dialect` what asks for an exact
    length, `prompt_form` how prompts were sent. `pieces` carried the `tokens` of the timed step
    repeats; where they are not one each, `is_spread` says that the server does not tell how many
    each had. `cached_tokens` of `prompt_tokens` it had from earlier prompts, None where it does not
    say; it `may_reuse` equal ones where it was not told otherwise. A synthetic prompt was to have
    `prompt_asked` tokens, and the server read `prompt_read`, each length once. `opened_while_timed`
    counts connections that a timed request had to open first.
    """

    address: str
    host: str
    is_this_machine: bool
    server: str | None
    served_models: tuple[str, ...] = ()
    round_trip_s: tuple[float, ...]
    route: str
    dialect: str
    prompt_form: str
    pieces: int
    tokens: int
    is_spread: bool
    prompt_tokens: int
    cached_tokens: int | None = None
    may_reuse: bool = False
    prompt_asked: int | None = None
    prompt_read: tuple[int, ...] = ()
    opened_while_timed: int = 0


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
    worker process, where memory did not come back from the one before. `thread_settings` are the
    variables that set threads, None where they were not recorded. `host_name` is the machine's, or
    of a cluster the node's, and `device_memory_bytes` what the device has in all; None of runs that
    were stored before they were recorded. `tried_before` tells of a first try whose node was lost.
    """

    device_name: str
    driver: str | None
    cpu_count: int
    platform: str
    python: str
    packages: dict[str, str]
    commit: str | None
    thread_settings: dict[str, str] | None = None
    worker_replaced: str | None = None
    host_name: str | None = None
    device_memory_bytes: int | None = None
    tried_before: str | None = None
    ceilings: Ceilings | None = None
    before: DeviceState
    after: DeviceState
