"""Memory before and after: what was predicted beside what was measured, and how much still fits."""

from collections.abc import Callable
from dataclasses import dataclass

from core.errors import RequestError
from core.results.types import RunResult
from core.variants.drafts import draft_bytes
from core.variants.footprint import Footprint, footprint, weights_bytes
from core.variants.lengths import new_tokens_cap
from core.variants.models import shape_of
from core.variants.request import bounds
from core.variants.shapes import ModelShape
from core.variants.source import model_of
from core.variants.spec import RunSpec


@dataclass(frozen=True)
class MemoryRow:
    """One part of the peak, in bytes; `predicted_bytes` is None where no formula tells it,
    `measured_bytes` where it was not measured.
    """

    part: str
    help: str
    predicted_bytes: int | None
    measured_bytes: int | None

    @property
    def error(self) -> float | None:
        """Predicted over measured, less one; None where either is unknown or nothing."""
        if not self.predicted_bytes or not self.measured_bytes:
            return None
        return self.predicted_bytes / self.measured_bytes - 1


@dataclass(frozen=True)
class Fit:
    """The most that still fits with everything else as it is: rows of a batch, and tokens of
    prompt and output together. `whole_context` tells that the model's own context is the limit.
    """

    batch_size: int
    context_tokens: int
    whole_context: bool


# Part, what it is, and the field of Memory; a field that Footprint has too is predicted.
PARTS = (
    ("Weights", "Linear layers at the precision's bits, scales included.", "weights_bytes"),
    ("KV cache", "Keys and values at the end of one generation.", "kv_cache_bytes"),
    (
        "Activations",
        "The most that reading the prompt held for itself; predicted from above.",
        "activation_bytes",
    ),
    ("Draft model", "The weights of the model that guesses.", "draft_bytes"),
    ("Compiled graphs", "What the process grew by while compiling.", "graph_bytes"),
    ("Runtime", "The process before any model: Python and its libraries.", "runtime_bytes"),
    (
        "The rest",
        "What remains of the peak: freed pieces that the allocator keeps, and fragments.",
        "rest_bytes",
    ),
)


def memory_rows(result: RunResult) -> tuple[MemoryRow, ...]:
    """Every part of a run's peak, in the order in which they are stacked."""
    predicted = _predicted(result)
    return tuple(
        MemoryRow(part, words, getattr(predicted, field, None), getattr(result.memory, field))
        for part, words, field in PARTS
    )


def _predicted(result: RunResult) -> Footprint | None:
    """What was predicted; None where the model's sizes are not known here any more."""
    try:
        shape = shape_of(model_of(result.spec.variant))
    except RequestError:
        return None
    return footprint(result.spec, shape, result.output.prompt_tokens) if shape else None


def largest_fit(
    spec: RunSpec, shape: ModelShape, prompt_tokens: int, free_bytes: int
) -> Fit | None:
    """The largest batch, and for this batch the longest text, that `free_bytes` would hold, weights
    and those of a draft included; None where not even one row of one token fits.
    """
    rows, new = spec.workload.batch_size, new_tokens_cap(spec.workload, prompt_tokens)
    free_bytes -= draft_bytes(spec)
    if weights_bytes(shape, spec.variant) > free_bytes:
        return None

    def fits(rows: int, tokens: int) -> bool:
        changed = {"batch_size": rows, "max_new_tokens": new, "max_length": None}
        workload = spec.workload.model_copy(update=changed)
        asked = spec.model_copy(update={"workload": workload})
        return footprint(asked, shape, tokens).total_bytes <= free_bytes

    longest = max(shape.context - new, 1)
    batch = _largest(lambda count: fits(count, prompt_tokens), bounds("batch_size")[1] or 1)
    prompt = _largest(lambda tokens: fits(rows, tokens), longest)
    if not batch or not prompt:
        return None
    return Fit(batch, prompt + new, whole_context=prompt == longest)


def _largest(fits: Callable[[int], bool], most: int) -> int:
    """The largest number up to `most` that fits, by bisection; 0 where not even 1 does."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low
