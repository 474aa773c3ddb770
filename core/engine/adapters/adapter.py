"""What an engine must give so that it can be measured like any other.

Knows no engine and imports none: an engine's own library may live in another environment.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from core.engine.cancellation import Cancellation
from core.engine.divergence import Encoded, LogProbabilities
from core.results.measured import ForwardPasses, Output
from core.results.observed import Effective, EndpointFacts, ModelFacts
from core.variants.spec import Workload

TellLoading = Callable[[str], None]


class Runner(Protocol):
    """An engine with a workload, ready to generate again and again alike. Tokenising and decoding
    lie outside both methods' clocks; both read the cancel flag between tokens and raise
    RunCancelled, or RunError where a fixed length was missed.
    """

    def headline(self) -> tuple[float, int]:
        """Generate without instruments: seconds, and the real tokens of all rows."""
        ...

    def step(self) -> tuple[tuple[float, ...], int]:
        """Generate with a time stamp per token: seconds from the start to each token of the
        longest row, and the real tokens of all rows.
        """
        ...


@dataclass(frozen=True)
class MemoryParts:
    """Bytes that an engine tells of itself; None where it does not."""

    weights_bytes: int | None = None
    kv_cache_bytes: int | None = None
    activation_bytes: int | None = None


class EngineRunner(Runner, Protocol):
    """A runner that can also be asked what its last generation was."""

    def describe(self) -> Output:
        """Text, tokens and counts of the last generation."""
        ...

    def effective(self) -> Effective:
        """What really ran, read from the engine and not from the spec."""
        ...

    def memory(self) -> MemoryParts:
        """The parts of memory that the engine tells."""
        ...

    def passes(self) -> ForwardPasses | None:
        """Forward passes of the last generation; None where they cannot be counted."""
        ...

    def close(self) -> None:
        """Free what the workload holds, such as its KV cache; the weights stay."""
        ...


@runtime_checkable
class ServedRunner(Protocol):
    """What a runner tells besides where a server generates."""

    def request_s(self) -> tuple[tuple[tuple[float, ...], ...], ...]:
        """For each step repeat each request's own times."""
        ...

    def endpoint(self) -> EndpointFacts:
        """The server, and how it was asked."""
        ...


class Adapter(Protocol):
    """One engine with one variant. `computes_here` tells whether it computes in this process, so
    that its memory, the processor's clock and its energy are told by this machine; `device_name`
    is of another machine, None for this one. `no_quality` is why there are no passages, None where
    there are.
    """

    @property
    def computes_here(self) -> bool:
        """Whether in this process."""
        ...

    @property
    def device_name(self) -> str | None:
        """The other machine's."""
        ...

    @property
    def no_quality(self) -> str | None:
        """Why there are no passages."""
        ...

    def prepare(self, tell: TellLoading) -> None:
        """Make what is made once and kept on disk, such as an export: no part of a load. Raises as
        `load` does.
        """
        ...

    def load(self, tell: TellLoading) -> None:
        """Make the variant ready; `tell` hears what takes its time. Raises LoadFailed, OutOfMemory,
        or RequestError for what cannot be.
        """
        ...

    def runner(self, workload: Workload, cancellation: Cancellation) -> EngineRunner:
        """The workload, ready to run. Raises RequestError for what this engine cannot do."""
        ...

    def facts(self) -> ModelFacts | None:
        """What a step costs, so that bounds can be told; None where it is not known."""
        ...

    def files(self) -> Sequence[Path]:
        """The files that the weights were read from; empty where they are not here."""
        ...

    def packages(self) -> Mapping[str, str]:
        """The engine's own packages and their versions, beside those of the worker."""
        ...

    @property
    def context(self) -> int | None:
        """Most tokens that the model takes; None where that is not told."""
        ...

    @property
    def beginning(self) -> int | None:
        """The special token that begins a text; None where there is none, or it is not told."""
        ...

    def encode(self, text: str) -> Encoded:
        """A text's tokens, with the special ones that belong to it. Only asked where `no_quality`
        is None.
        """
        ...

    def passages(self, token_ids: Sequence[Sequence[int]]) -> Iterator[LogProbabilities]:
        """For each passage the log probabilities of its next tokens, (tokens - 1, vocabulary),
        in nats. Only asked where `no_quality` is None.
        """
        ...

    def close(self) -> None:
        """Free everything."""
        ...
