"""Greedy generation, driven request by request.

Driving the graph's own request is the least that stands between a caller and the engine: a token
costs one call with arrays that are shared and not copied, and one argmax over the logits.
`OVModelForCausalLM.generate` runs the same request, and around it transformers' loop in PyTorch,
whose milliseconds would be told as OpenVINO's; OpenVINO's pipelines in C++ have none either.
"""

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.engine.adapters.adapter import MemoryParts
from core.engine.adapters.openvino.compiled import CompiledGraph
from core.engine.adapters.openvino.reading import cache_bytes, effective_of
from core.engine.adapters.openvino.tokens import Tokens
from core.engine.adapters.rows import Rows
from core.engine.cancellation import Cancellation
from core.results.measured import ForwardPasses, Output
from core.results.observed import Effective
from core.variants.lengths import new_tokens_cap, row_lengths
from core.variants.spec import StopRule, Workload

Integers = NDArray[np.int64]


class OpenVinoRunner:
    """A compiled graph with a workload; the rows of the last generation are kept."""

    def __init__(
        self,
        compiled: CompiledGraph,
        tokens: Tokens,
        workload: Workload,
        cancellation: Cancellation,
    ) -> None:
        self._compiled = compiled
        self._tokens = tokens
        self._workload = workload
        self._cancellation = cancellation
        ids = tokens.prompt_ids(workload)
        self._lengths = row_lengths(workload, len(ids))
        self._prompt, self._mask = padded(ids, self._lengths, tokens.padding)
        self._cap = new_tokens_cap(workload, self._prompt.shape[1])
        self._ends = np.array(sorted(tokens.ends), dtype=np.int64)
        self._rows = self._new_rows()
        self._passes = 0

    def headline(self) -> tuple[float, int]:
        """Seconds of a generation without instruments, and the real tokens of all its rows."""
        start = time.perf_counter()
        rows = self._new_rows()
        for _ in self._generate(rows, start):
            pass
        seconds = time.perf_counter() - start
        return seconds, self._finish(rows)

    def step(self) -> tuple[tuple[float, ...], int]:
        """Seconds from the start to each token of the longest row, and the tokens of all rows."""
        start = time.perf_counter()
        rows = self._new_rows()
        stamps = tuple(time.perf_counter() - start for _ in self._generate(rows, start))
        return stamps, self._finish(rows)

    def _new_rows(self) -> Rows:
        return Rows(self._workload, self._tokens, self._cap)

    def _finish(self, rows: Rows) -> int:
        """Keep the rows; how many real tokens they have. Raises RunError for a missed length."""
        self._rows = rows
        return sum(rows.counts())

    def _generate(self, rows: Rows, start: float) -> Iterator[None]:
        """Fill the rows until all have ended, a token for each at a time."""
        ids, mask = self._prompt, self._mask
        positions = np.maximum(mask.cumsum(axis=1) - 1, 0)
        beams = np.arange(len(ids), dtype=np.int32)
        self._compiled.reset()
        self._passes = 0
        while True:
            self._cancellation.check()
            logits = self._compiled.answer(
                {
                    "input_ids": ids,
                    "attention_mask": mask,
                    "position_ids": positions,
                    "beam_idx": beams,
                }
            )
            self._passes += 1
            chosen = self._choose(logits[:, -1])
            for number in rows.going:
                rows.add(number, int(chosen[number]))
            rows.end_late(time.perf_counter() - start)
            yield
            if not (going := rows.going):
                return
            ids = self._to_read(chosen, going)
            mask = np.concatenate((mask, np.ones_like(ids)), axis=1)
            positions = positions[:, -1:] + 1

    def _choose(self, logits: Any) -> Integers:
        """The most likely token of each row, (batch,); of a fixed length no end of sequence."""
        chosen: Integers = logits.argmax(axis=-1)
        if self._workload.stop is StopRule.FIXED and np.isin(chosen, self._ends).any():
            open_ended = logits.copy()
            open_ended[:, self._ends] = -np.inf
            chosen = open_ended.argmax(axis=-1)
        return chosen

    def _to_read(self, chosen: Integers, going: list[int]) -> Integers:
        """What the next pass reads, (batch, 1): padding where a row has ended."""
        ids = np.full((len(chosen), 1), self._tokens.padding, dtype=np.int64)
        ids[going, 0] = chosen[going]
        return ids

    def describe(self) -> Output:
        """Text, tokens and counts of the last generation."""
        return self._rows.describe(self._lengths)

    def effective(self) -> Effective:
        """What really ran, read from the compiled graph."""
        return effective_of(self._compiled, self._rows.stopped_by())

    def memory(self) -> MemoryParts:
        """Weights as the compiled graph stores them, keys and values as the last generation left
        them. What the engine packs anew for its kernels is told by the process alone.
        """
        graph = self._compiled.graph()
        return MemoryParts(
            weights_bytes=sum(graph.dtype_bytes().values()),
            kv_cache_bytes=cache_bytes(graph.cache_types(), *self._compiled.state_values()),
        )

    def passes(self) -> ForwardPasses | None:
        """A pass for each token: the prompt's, and one token of each row in every other."""
        count = self._passes
        return ForwardPasses(
            count=count, computed_tokens=self._prompt.size + (count - 1) * len(self._prompt)
        )

    def close(self) -> None:
        """Free keys and values."""
        self._compiled.reset()


def padded(ids: list[int], lengths: tuple[int, ...], padding: int) -> tuple[Integers, Integers]:
    """The last tokens of the prompt for each row, padded on the left, and the mask of what is
    real, both (batch, longest).
    """
    longest = max(lengths)
    rows = [[padding] * (longest - n) + ids[len(ids) - n :] for n in lengths]
    masks = [[0] * (longest - n) + [1] * n for n in lengths]
    return np.array(rows, dtype=np.int64), np.array(masks, dtype=np.int64)
