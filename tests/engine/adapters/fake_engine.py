"""An engine of ten honest lines: it counts up from the prompt, a token at a time."""

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from core.engine.adapters.adapter import MemoryParts, TellLoading
from core.engine.cancellation import Cancellation
from core.engine.divergence import Encoded, LogProbabilities
from core.results.measured import ForwardPasses, Output
from core.results.observed import Effective, ModelFacts
from core.variants.kv_cache import KVCache
from core.variants.lengths import new_tokens_cap
from core.variants.spec import VariantSpec, Workload

VOCABULARY = 50


class CountingRunner:
    """`step_s` seconds per token; row r of the batch begins with r."""

    def __init__(self, workload: Workload, cancellation: Cancellation, step_s: float) -> None:
        self.workload = workload
        self.prompt_tokens = workload.prompt_tokens or len((workload.prompt or "").split())
        self._new = new_tokens_cap(workload, self.prompt_tokens)
        self._cancellation = cancellation
        self._step_s = step_s

    def headline(self) -> tuple[float, int]:
        """Count without looking at the clock between."""
        start = time.perf_counter()
        for _ in self._tokens():
            pass
        return time.perf_counter() - start, self._new * self.workload.batch_size

    def step(self) -> tuple[tuple[float, ...], int]:
        """Count, and look at the clock at each token."""
        start = time.perf_counter()
        stamps = tuple(time.perf_counter() - start for _ in self._tokens())
        return stamps, self._new * self.workload.batch_size

    def _tokens(self) -> Iterator[int]:
        for token in range(self._new):
            self._cancellation.check()
            time.sleep(self._step_s)
            yield token

    def describe(self) -> Output:
        """Its first row is 0 1 2 …"""
        tokens = tuple(range(self._new))
        rows = self.workload.batch_size
        return Output(
            text=" ".join(map(str, tokens)),
            token_ids=tokens,
            prompt_tokens=self.prompt_tokens,
            prompt_lengths=(self.prompt_tokens,) * rows,
            new_tokens=(self._new,) * rows,
        )

    def effective(self) -> Effective:
        """It has nothing but a device."""
        return Effective(
            device="cpu",
            attention="none",
            attention_class="none",
            dtype_bytes={},
            quantised_modules={},
            cache_class=None,
            compiled_graphs=0,
            graph_breaks=0,
            recompiles_while_timed=0,
            threads=1,
        )

    def memory(self) -> MemoryParts:
        """A weight of a thousand bytes."""
        return MemoryParts(weights_bytes=1000)

    def passes(self) -> ForwardPasses | None:
        """One for each token."""
        rows = self.workload.batch_size
        return ForwardPasses(count=self._new, computed_tokens=rows * self._new)

    def close(self) -> None:
        """It holds nothing."""


class CountingEngine:
    """The adapter; `closed` counts how often it was freed, `read` has the passages that it read,
    and `readers` counts how often it was made ready to read.
    """

    computes_here = True
    device_name: str | None = None
    no_quality: str | None = None
    most_tokens: int | None = None

    def __init__(
        self, variant: VariantSpec, cache: KVCache = KVCache.DYNAMIC, step_s: float = 0.001
    ) -> None:
        self.variant = variant
        self.cache = cache
        self.closed = 0
        self.read: list[Sequence[int]] = []
        self.readers = 0
        self._step_s = step_s

    def prepare(self, tell: TellLoading) -> None:
        """Counting needs nothing."""

    def load(self, tell: TellLoading) -> None:
        """Nothing to load, which is told."""
        tell("learning to count")

    def runner(self, workload: Workload, cancellation: Cancellation) -> CountingRunner:
        """Any workload will do."""
        return CountingRunner(workload, cancellation, self._step_s)

    def facts(self) -> ModelFacts | None:
        """A step costs nothing that could be told."""
        return None

    def files(self) -> Sequence[Path]:
        """It needs none."""
        return ()

    def packages(self) -> Mapping[str, str]:
        """Its own version."""
        return {"counting": "1.0"}

    @property
    def context(self) -> int | None:
        """As long as it is told to count."""
        return self.most_tokens

    @property
    def beginning(self) -> int | None:
        """It just begins."""
        return None

    def encode(self, text: str) -> Encoded:
        """A token for each byte."""
        data = text.encode()
        return Encoded([byte % VOCABULARY for byte in data], len(data) - 1)

    def passages(self, token_ids: Sequence[Sequence[int]]) -> Iterator[LogProbabilities]:
        """Every token is as likely as any other."""
        self.readers += 1
        for ids in token_ids:
            self.read.append(ids)
            yield np.full((len(ids) - 1, VOCABULARY), -np.log(VOCABULARY), dtype=np.float32)

    def close(self) -> None:
        """Count it."""
        self.closed += 1
