"""What was measured of a run: raw samples, times, memory, quality, energy, passes, output.

Seconds end in `_s`, bytes in `_bytes`. Unknown is None: never 0, never infinity.
"""

from enum import StrEnum

from pydantic import Field

from core.results.record import Record
from core.variants.task import Match


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
    `e2e_tokens` and `step_tokens` are the real tokens of all rows in each of these repeats.
    `clock_mhz` is the device's clock just after the first and the last headline repeat, empty
    where it cannot be read. Where the rows are requests of their own, which do not go in step,
    `request_s[r][n][i]` is when token i of request n of step-pass repeat r was there, from that
    request's sending, and `token_s[r][i]` when the last request's token i was; else it is empty.
    """

    warmup_s: tuple[float, ...] = ()
    warmup_settled: bool = False
    e2e_s: tuple[float, ...] = ()
    token_s: tuple[tuple[float, ...], ...] = ()
    e2e_tokens: tuple[int, ...] = ()
    step_tokens: tuple[int, ...] = ()
    clock_mhz: tuple[float, ...] = ()
    request_s: tuple[tuple[tuple[float, ...], ...], ...] = ()


class Times(Record):
    """Seconds once per run. `load_s` is of the loads that made this variant resident, and the draft
    that guesses for it, which may have been for an earlier run (`was_resident`). `first_s` is the
    first run of this shape in the worker, None where the shape had run before; `compile_s` is that
    run minus a warm one, where it compiled.
    """

    load_s: float | None = None
    was_resident: bool = False
    first_s: float | None = None
    compile_s: float | None = None
    quality_s: float | None = None
    phases_s: dict[Phase, float] = Field(default_factory=dict)


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


class Energy(Record):
    """What whole generations took from the supply, prompts included, by the device's own counter.
    `tokens` are the generated ones of all rows and all those generations.
    """

    joules: float
    window_s: float
    generations: int
    tokens: int
    counter: str


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
    `prompt_tokens` are those of the longest row, `prompt_lengths` those of each. `token_texts` is
    the text in pieces, one for each token; empty where it cannot be told apart so.
    """

    text: str
    token_ids: tuple[int, ...]
    token_texts: tuple[str, ...] = ()
    prompt_tokens: int
    prompt_lengths: tuple[int, ...] = ()
    new_tokens: tuple[int, ...]
