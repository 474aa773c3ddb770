"""The least that a generation could take on its device: the roofline model of Williams et al. 2009.

Each forward pass must read the weights of its matrix products and the keys and values of earlier
tokens, and must do its multiplications: it takes at least bytes / bandwidth and FLOPs / peak.
Formulas on plain sizes; nothing here knows of a result.

    bytes of a step     weights + batch · 2 · layers · kv_heads · head_dim · value bytes · length
    FLOPs of a step     batch · (2 · weights + 4 · layers · heads · head_dim · length)
    FLOPs of a prefill  batch · (2 · weights · tokens + 2 · layers · heads · head_dim · tokens²)

The output head is needed for the last position of a prefill only, and position i attends to i
positions: so the head's weights count once per row, and tokens² is tokens · (tokens + 1).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from core.results.observed import ModelFacts

BANDWIDTH_BOUND, COMPUTE_BOUND = 0.6, 0.4
BEYOND = 1.1
Lengths = TypeVar("Lengths", float, NDArray[np.float64])


class Bound(StrEnum):
    """What holds a phase back."""

    BANDWIDTH = "bandwidth-bound"
    COMPUTE = "compute-bound"
    OVERHEAD = "overhead-bound"
    BEYOND = "beyond the measured ceiling"


@dataclass(frozen=True)
class Roof:
    """What the device does at most: bytes and floating-point operations per second."""

    bandwidth_bytes_per_s: float
    peak_flops_per_s: float

    def attainable_flops_per_s(self, intensity: float) -> float:
        """The roof over an arithmetic intensity in FLOPs per byte."""
        return min(self.peak_flops_per_s, self.bandwidth_bytes_per_s * intensity)

    def least_s(
        self, bytes_: NDArray[np.float64], flops: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Seconds that each pass takes at least."""
        return np.maximum(bytes_ / self.bandwidth_bytes_per_s, flops / self.peak_flops_per_s)


@dataclass(frozen=True)
class Part:
    """Prefill, or all decode steps together: forward passes, bytes that must be read, operations
    that must be done, the least seconds for both under the roof, and the seconds measured.
    """

    passes: float
    bytes: float
    flops: float
    least_s: float
    roof: Roof
    seconds: float | None = None

    @property
    def mbu(self) -> float | None:
        """Model bandwidth utilisation: bytes / (seconds · bandwidth)."""
        return (
            self.bytes / (self.seconds * self.roof.bandwidth_bytes_per_s) if self.seconds else None
        )

    @property
    def mfu(self) -> float | None:
        """Model FLOPs utilisation: FLOPs / (seconds · peak)."""
        return self.flops / (self.seconds * self.roof.peak_flops_per_s) if self.seconds else None

    @property
    def intensity(self) -> float:
        """Arithmetic intensity in FLOPs per byte."""
        return self.flops / self.bytes

    @property
    def flops_per_s(self) -> float | None:
        """Operations per second that were reached."""
        return self.flops / self.seconds if self.seconds else None

    @property
    def bound(self) -> Bound | None:
        """The label by MBU and MFU; None where the time is unknown."""
        return bound_of(self.mbu, self.mfu)


def bound_of(mbu: float | None, mfu: float | None) -> Bound | None:
    """MBU from 60 % on is bandwidth-bound, MFU from 40 % on compute-bound, whichever is nearer to
    its ceiling where both hold, else overhead-bound. Clearly over 100 % no ceiling holds.
    """
    if mbu is None or mfu is None:
        return None
    if max(mbu, mfu) > BEYOND:
        return Bound.BEYOND
    if mbu >= BANDWIDTH_BOUND and (mbu >= mfu or mfu < COMPUTE_BOUND):
        return Bound.BANDWIDTH
    return Bound.COMPUTE if mfu >= COMPUTE_BOUND else Bound.OVERHEAD


def kv_bytes_per_token(model: ModelFacts) -> int:
    """Keys and values of one token of one row, in the type that the model computes in."""
    return 2 * model.layers * model.kv_heads * model.head_dim * model.kv_value_bytes


def score_matrix_bytes(model: ModelFacts, tokens: int) -> int:
    """One layer's attention scores of a prompt in fp32: heads · tokens² · 4."""
    return model.heads * tokens * tokens * 4


def decode_bytes(model: ModelFacts, batch: int, length: Lengths, kv_token_bytes: float) -> Lengths:
    """Bytes of one step at that length of text, the step's own token included."""
    return model.matmul_bytes + batch * kv_token_bytes * length


def decode_flops(model: ModelFacts, batch: int, length: Lengths) -> Lengths:
    """Operations of one step at that length of text, the step's own token included."""
    attention = 4 * model.layers * model.heads * model.head_dim
    return batch * (2 * model.matmul_parameters + attention * length)


def prefill_bytes(model: ModelFacts, batch: int, tokens: Lengths, kv_token_bytes: float) -> Lengths:
    """Bytes of reading so many tokens per row: the weights once, the cache as it is written."""
    return model.matmul_bytes + batch * kv_token_bytes * tokens


def prefill_flops(model: ModelFacts, batch: int, tokens: Lengths) -> Lengths:
    """Operations of reading so many tokens per row, the head for the last of them only."""
    body = 2 * (model.matmul_parameters - model.head_parameters)
    attention = 2 * model.layers * model.heads * model.head_dim
    return batch * (body * tokens + 2 * model.head_parameters + attention * tokens * (tokens + 1))


@dataclass(frozen=True)
class Shape:
    """What a generation reads and writes, per row: `prompt_tokens` with padding where there is
    any, `new_tokens` of the longest row. `cached` is whether keys and values are kept,
    `full_length` what a static cache holds, `passes` the forward passes where several tokens came
    of one, `first_tokens` those that came of the first.
    """

    batch: int
    prompt_tokens: float
    new_tokens: int
    kv_token_bytes: float
    cached: bool = True
    full_length: float | None = None
    passes: int | None = None
    first_tokens: int = 1


def prefill_part(model: ModelFacts, shape: Shape, roof: Roof, seconds: float | None) -> Part:
    """The first forward pass, which gives the first token."""
    tokens = np.array([shape.prompt_tokens], dtype=np.float64)
    kept = shape.kv_token_bytes if shape.cached else 0.0
    read = prefill_bytes(model, shape.batch, tokens, kept)
    return _part(1.0, read, prefill_flops(model, shape.batch, tokens), roof, seconds)


def decode_part(model: ModelFacts, shape: Shape, roof: Roof, seconds: float | None) -> Part | None:
    """All passes after the first; None where there is none. `seconds` are those of all together.

    Without a cache each step is a prefill of the whole text. A static cache is read in full.
    """
    steps = shape.new_tokens - shape.first_tokens
    if steps < 1:
        return None
    first, last = shape.first_tokens, shape.new_tokens
    lengths = shape.prompt_tokens + np.arange(first, last, dtype=np.float64)
    passes = min(steps, max(shape.passes - 1, 1)) if shape.passes else steps
    if shape.cached:
        held = np.full_like(lengths, shape.full_length) if shape.full_length else lengths
        read = decode_bytes(model, shape.batch, held, shape.kv_token_bytes)
        done = decode_flops(model, shape.batch, held)
    else:
        read = prefill_bytes(model, shape.batch, lengths, 0.0)
        done = prefill_flops(model, shape.batch, lengths)
    return _part(float(passes), read * (passes / steps), done, roof, seconds)


def _part(
    passes: float,
    bytes_: NDArray[np.float64],
    flops: NDArray[np.float64],
    roof: Roof,
    seconds: float | None,
) -> Part:
    least_s = float(roof.least_s(bytes_, flops).sum())
    return Part(passes, float(bytes_.sum()), float(flops.sum()), least_s, roof, seconds)
