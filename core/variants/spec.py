"""What a run is: a variant to load, a workload to ask of it, and the two together.

A spec never changes by itself: what cannot run is refused by `problems`, with the reason.
"""

import hashlib
import json
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from core.variants.attention import Attention
from core.variants.compilation import Compilation
from core.variants.kv_cache import KVCache
from core.variants.models import BUNDLED_KEY
from core.variants.precision import Precision
from core.variants.weights import Weights

DEFAULT_PROMPT = "The quick brown fox jumps over the lazy"
LONGEST_PROMPT = 1_000_000


class StopRule(StrEnum):
    """When generation ends."""

    FIXED = "fixed"
    NATURAL = "natural"


class Spec(BaseModel):
    """A closed, frozen set of fields with a stable id."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @property
    def id(self) -> str:
        """Ten hex digits of the SHA-256 of the sorted JSON: equal specs have equal ids."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:10]


class VariantSpec(Spec):
    """What must be loaded; hashable, and the key of the cache of loaded variants."""

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
    attention: Attention = Field(default=Attention.SDPA, description="What computes attention.")
    compile: Compilation = Field(default=Compilation.OFF, description="torch.compile off or on.")
    device: str = Field(default="cpu", description="cpu, or cuda:N.", pattern=r"^(cpu|cuda:\d+)$")


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
    max_new_tokens: int = Field(
        default=32, ge=1, le=100_000, description="Tokens to generate per row."
    )
    kv_cache: KVCache = Field(
        default=KVCache.ON, description="Keep keys and values of earlier tokens."
    )
    stop: StopRule = Field(
        default=StopRule.FIXED,
        description="fixed: exactly max_new_tokens; natural: end of sequence.",
    )
    warmup: int = Field(
        default=6, ge=0, le=1000, description="Most warm-up runs; fewer when three lie within 5 %."
    )
    repeats: int = Field(
        default=5, ge=1, le=1000, description="Measured runs of the headline pass."
    )
    quality: bool = Field(default=True, description="Compare with the reference on a fixed text.")
    seed: int = Field(default=0, ge=0, le=2**32 - 1, description="Seed of synthetic prompts.")

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
