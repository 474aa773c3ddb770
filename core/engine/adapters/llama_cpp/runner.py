"""A workload on llama.cpp: rows side by side in one context, greedy, a pass for each new token."""

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.engine.adapters.adapter import MemoryParts
from core.engine.adapters.llama_cpp import log as said
from core.engine.adapters.llama_cpp.context import BATCH_TOKENS, Context, Token
from core.engine.adapters.llama_cpp.gguf_file import GgufFile
from core.engine.adapters.llama_cpp.model import Model
from core.engine.adapters.rows import Rows
from core.engine.cancellation import Cancellation
from core.results.measured import ForwardPasses, Output
from core.results.observed import Effective
from core.variants.attention import Attention
from core.variants.lengths import new_tokens_cap
from core.variants.spec import StopRule, Workload
from core.variants.weights import Weights


class LlamaRunner:
    """One workload in a context of its own. `prompts` has each row's tokens."""

    def __init__(
        self,
        model: Model,
        file: GgufFile,
        context: Context,
        workload: Workload,
        prompts: list[list[int]],
        cancellation: Cancellation,
    ) -> None:
        self._model, self._file, self._context = model, file, context
        self._workload = workload
        self._cancellation = cancellation
        self._prompts = prompts
        self._cap = new_tokens_cap(workload, max(map(len, prompts)))
        fixed = workload.stop is StopRule.FIXED
        self._forbidden = sorted(model.ends) if fixed else []
        tokens = [
            Token(row, place, token, asked=place == len(prompt) - 1)
            for row, prompt in enumerate(prompts)
            for place, token in enumerate(prompt)
        ]
        self._first = [list(part) for part in _parts(tokens)]
        self._rows = self._new_rows()
        self._passes = self._computed = 0

    def headline(self) -> tuple[float, int]:
        """Seconds of a generation without stamps, and the tokens of all rows."""
        start = time.perf_counter()
        self._generate(start, None)
        return time.perf_counter() - start, sum(self._rows.counts())

    def step(self) -> tuple[tuple[float, ...], int]:
        """Seconds to each token of the longest row, and the tokens of all rows."""
        stamps: list[float] = []
        start = time.perf_counter()
        self._generate(start, stamps)
        return tuple(stamp - start for stamp in stamps), sum(self._rows.counts())

    def _new_rows(self) -> Rows:
        return Rows(self._workload, self._model, self._cap)

    def _generate(self, start: float, stamps: list[float] | None) -> None:
        """All rows from nothing; a stamp is taken as soon as every row that goes on has its
        token.
        """
        context, rows = self._context, self._new_rows()
        context.clear()
        passes, computed = context.passes, context.computed
        parts, going = self._first, rows.going
        while going:
            for part in parts:
                self._cancellation.check()
                for place, logits in context.read(part):
                    rows.add(part[place].row, self._pick(logits))
            if stamps is not None:
                stamps.append(time.perf_counter())
            rows.end_late(time.perf_counter() - start)
            going = rows.going
            parts = [[self._latest(number, rows.new(number)) for number in going]]
        self._rows = rows
        self._passes, self._computed = context.passes - passes, context.computed - computed

    def _pick(self, logits: NDArray[np.float32]) -> int:
        """The most likely token, (vocabulary,); of a fixed length none that ends a row."""
        if self._forbidden:
            logits[self._forbidden] = -np.inf
        return int(logits.argmax())

    def _latest(self, number: int, new: list[int]) -> Token:
        """A row's last token, to be read for the one after it."""
        return Token(number, len(self._prompts[number]) + len(new) - 1, new[-1], asked=True)

    def describe(self) -> Output:
        """The first row's text and tokens, and each row's counts."""
        return self._rows.describe(tuple(map(len, self._prompts)))

    def effective(self) -> Effective:
        """As llama.cpp and the file tell it."""
        flash = self._context.flash
        attention = {True: Attention.GGML_FLASH, False: Attention.GGML, None: "not told"}[flash]
        nothing: dict[str, Any] = dict.fromkeys(
            ("compiled_graphs", "graph_breaks", "recompiles_while_timed"), 0
        )
        return Effective(
            device="cpu",
            attention=attention,
            attention_class="llama.cpp",
            dtype_bytes=self._file.bytes_by_type,
            quantised_modules=self._file.quantised,
            cache_class=said.cache_words(self._context.told) or "not told",
            decoding=self._workload.decoding,
            stopped_by=self._rows.stopped_by(),
            threads=self._context.threads_told,
            weights=Weights.TRAINED,
            **nothing,
        )

    def memory(self) -> MemoryParts:
        """As llama.cpp tells it."""
        told = self._context.told
        return MemoryParts(
            weights_bytes=self._model.weights_bytes,
            kv_cache_bytes=said.cache_bytes(told),
            activation_bytes=said.compute_bytes(told),
        )

    def passes(self) -> ForwardPasses | None:
        """Counted in the last generation."""
        return ForwardPasses(count=self._passes, computed_tokens=self._computed)

    def close(self) -> None:
        """Free the context."""
        self._context.close()


def _parts(tokens: list[Token]) -> list[list[Token]]:
    """As many tokens at once as llama.cpp takes."""
    starts = range(0, len(tokens), BATCH_TOKENS)
    return [tokens[start : start + BATCH_TOKENS] for start in starts]
