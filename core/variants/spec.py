"""What a run is: a variant to load, a workload to ask of it, and the two together.

A spec never changes by itself: what cannot run is refused by `problems`, with the reason.
"""

import contextlib
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, StringConstraints, field_validator, model_validator

from core.variants.attention import Attention
from core.variants.closed_spec import Spec
from core.variants.compilation import Compilation, CompileBackend, CompileMode
from core.variants.decoding import Decoding
from core.variants.engine import Engine, usual_of
from core.variants.kv_cache import KVCache
from core.variants.models import BUNDLED_KEY
from core.variants.precision import ComputeDtype, Precision, own_compute_dtype
from core.variants.task import LONGEST_TASK, parse_task, tidy
from core.variants.weights import Weights

DEFAULT_PROMPT = "The quick brown fox jumps over the lazy"
LONGEST_PROMPT = 1_000_000
MOST_STOP_STRINGS = 16


class StopRule(StrEnum):
    """When generation ends."""

    FIXED = "fixed"
    NATURAL = "natural"


class VariantSpec(Spec):
    """What must be loaded; hashable, and the key of the cache of loaded variants."""

    gained_later = frozenset({"engine", "endpoint"})

    engine: Engine = Field(
        default=Engine.TRANSFORMERS, description="What loads the model and generates."
    )
    endpoint: Annotated[str, StringConstraints(min_length=1, max_length=1000)] | None = Field(
        default=None,
        description="An allowed OpenAI-compatible server, by name or address, for engine openai.",
    )
    model: Annotated[str, StringConstraints(min_length=1, max_length=1000)] = Field(
        default=BUNDLED_KEY,
        description="A model of the catalogue, a local folder's path, or a hub's owner/name.",
    )
    weights: Weights = Field(
        default=Weights.TRAINED, description="The model's own weights, or random ones in its shape."
    )
    revision: str | None = Field(
        default=None,
        max_length=200,
        description="A hub model's commit, branch or tag; by default the catalogue's commit.",
    )
    precision: Precision = Field(default=Precision.FP32, description="How the weights are stored.")
    compute_dtype: ComputeDtype = Field(
        default=ComputeDtype.FLOAT32,
        description="What activations and unquantised weights are computed in; by default the "
        "precision's own type.",
    )
    attention: Attention = Field(default=Attention.SDPA, description="What computes attention.")
    compile: Compilation = Field(
        default=Compilation.OFF, description="How much of the model is compiled."
    )
    compile_mode: CompileMode = Field(
        default=CompileMode.DEFAULT, description="How hard Inductor tries."
    )
    compile_backend: CompileBackend = Field(
        default=CompileBackend.INDUCTOR, description="What torch.compile hands its graphs to."
    )
    device: str = Field(default="cpu", description="cpu, or cuda:N.", pattern=r"^(cpu|cuda:\d+)$")

    @property
    def may_compile(self) -> bool:
        """Whether the first run of a shape may compile something; flex_attention always does."""
        flex = self.attention is Attention.FLEX_ATTENTION
        return flex or self.compile is not Compilation.OFF

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, values: Any) -> Any:
        """What is not given is the engine's usual value, and the computing type the precision's
        own; `on` is an old name.
        """
        if not isinstance(values, dict):
            return values
        values = dict(values)
        for name in ("precision", "attention"):
            usual = usual_of(values, name)
            if usual and values.get(name) is None:
                values[name] = usual
        if values.get("compile") == "on":
            values["compile"] = Compilation.WHOLE
        if values.get("compute_dtype") is None:
            with contextlib.suppress(ValueError):
                values["compute_dtype"] = own_compute_dtype(
                    Precision(values.get("precision", Precision.FP32))
                )
        return values


class Workload(Spec):
    """What is asked of a loaded variant; changing it never reloads anything.

    Exactly one of `prompt` and `prompt_tokens` is set.
    """

    prompt: Annotated[str, StringConstraints(max_length=LONGEST_PROMPT)] | None = Field(
        default=None, description="The text to continue, repeated for each row of the batch."
    )
    prompt_tokens: int | None = Field(
        default=None, ge=1, le=1_000_000, description="Instead of a text: so many synthetic tokens."
    )
    batch_size: int = Field(default=1, ge=1, le=4096, description="Sequences generated at once.")
    shortest_prompt_tokens: int | None = Field(
        default=None,
        ge=1,
        le=1_000_000,
        description="Mixed lengths: the shortest row's tokens; the others lie evenly between it "
        "and the whole prompt, padded on the left.",
    )
    max_new_tokens: int = Field(
        default=32, ge=1, le=100_000, description="Tokens to generate per row."
    )
    max_length: int | None = Field(
        default=None,
        ge=2,
        le=1_000_000,
        description="Most tokens of prompt and output together; the stricter of both caps holds.",
    )
    kv_cache: KVCache = Field(
        default=KVCache.DYNAMIC, description="How keys and values of earlier tokens are kept."
    )
    stop: StopRule = Field(
        default=StopRule.FIXED,
        description="fixed: exactly max_new_tokens; natural: end of sequence, a stop string or "
        "the time limit may come first.",
    )
    stop_strings: tuple[Annotated[str, StringConstraints(min_length=1, max_length=200)], ...] = (
        Field(
            default=(),
            max_length=MOST_STOP_STRINGS,
            description="Texts that end a row once it has generated one (\\n is a line break); "
            "may be given again.",
        )
    )
    time_limit_s: float | None = Field(
        default=None,
        gt=0,
        le=86_400,
        allow_inf_nan=False,
        description="Seconds after which generation ends, at the next token.",
    )
    no_repeat_ngram_size: int | None = Field(
        default=None,
        ge=1,
        le=1000,
        description="No run of so many tokens may come twice in a row's prompt and output.",
    )
    decoding: Decoding = Field(
        default=Decoding.GREEDY, description="Where a step's candidate tokens come from."
    )
    draft_model: Annotated[str, StringConstraints(min_length=1, max_length=1000)] | None = Field(
        default=None, description="The smaller model that guesses, for speculative decoding."
    )
    draft_tokens: int = Field(
        default=5, ge=1, le=64, description="Tokens guessed before each checking pass."
    )
    warmup: int = Field(
        default=6, ge=0, le=1000, description="Most warm-up runs; fewer when three lie within 5 %."
    )
    repeats: int = Field(
        default=5, ge=1, le=1000, description="Measured runs of the headline pass."
    )
    quality: bool = Field(default=True, description="Compare with the reference on a fixed text.")
    task: Annotated[str, StringConstraints(max_length=LONGEST_TASK)] | None = Field(
        default=None,
        description="Your own task: a text to read, or a CSV with the columns prompt, expected "
        "and, if wanted, match (exact, contains or regex).",
    )
    seed: int = Field(default=0, ge=0, le=2**32 - 1, description="Seed of synthetic prompts.")

    @field_validator("task")
    @classmethod
    def _task_that_can_be_scored(cls, task: str | None) -> str | None:
        """The task without what says nothing; raises RequestError for a CSV that is wrong."""
        if task is None:
            return None
        parse_task(task)
        return tidy(task)

    @model_validator(mode="before")
    @classmethod
    def _default_prompt(cls, values: Any) -> Any:
        if isinstance(values, dict):
            given = [values.get("prompt"), values.get("prompt_tokens")]
            if given == [None, None]:
                return {**values, "prompt": DEFAULT_PROMPT}
        return values

    @model_validator(mode="after")
    def _one_prompt(self) -> "Workload":
        if self.prompt is not None and self.prompt_tokens is not None:
            raise ValueError("give a prompt or prompt_tokens, not both")
        if self.prompt is not None and not self.prompt.strip():
            raise ValueError("the prompt is empty")
        return self


class RunSpec(Spec):
    """A variant and a workload: everything that a run is asked to be."""

    variant: VariantSpec = VariantSpec()
    workload: Workload = Workload()

    def identity(self) -> dict[str, Any]:
        """Both parts' fields by which specs are told apart."""
        return {"variant": self.variant.identity(), "workload": self.workload.identity()}

    def on(self, device: str) -> "RunSpec":
        """The same on another device."""
        if device == self.variant.device:
            return self
        variant = self.variant.model_copy(update={"device": device})
        return self.model_copy(update={"variant": variant})

    @model_validator(mode="before")
    @classmethod
    def _cache_of_old_runs(cls, values: Any) -> Any:
        """Runs stored before caches had kinds say `on`."""
        match values:
            case {"variant": {"compile": compiled}, "workload": {"kv_cache": "on"} as workload}:
                return {**values, "workload": {**workload, "kv_cache": usual_cache(compiled)}}
        return values


def usual_cache(compilation: object) -> KVCache:
    """The cache that fits: a whole compiled forward pass needs one that does not grow."""
    return KVCache.STATIC if compilation in (Compilation.WHOLE, "on") else KVCache.DYNAMIC
