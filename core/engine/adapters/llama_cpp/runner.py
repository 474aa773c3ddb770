"""A workload on llama.cpp: rows side by side in one context, greedy, a pass for each new token."""

import time
from collections import Counter
from typing import Any

from core.engine.adapters.adapter import MemoryParts
from core.engine.adapters.llama_cpp import log as said
from core.engine.adapters.llama_cpp.context import BATCH_TOKENS, Context, Token
from core.engine.adapters.llama_cpp.gguf_file import GgufFile
from core.engine.adapters.llama_cpp.model import Model
from core.engine.adapters.llama_cpp.rows import Row, Rules
from core.engine.cancellation import Cancellation
from core.engine.token_texts import token_texts
from core.errors import RunError
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
        longest = max(map(len, prompts))
        self._new_tokens = new_tokens_cap(workload, longest)
        self._rules = Rules(model, workload, self._new_tokens)
        tokens = [
            Token(row, place, token, asked=place == len(prompt) - 1)
            for row, prompt in enumerate(prompts)
            for place, token in enumerate(prompt)
        ]
        self._first = [list(part) for part in _parts(tokens)]
        self._rows: list[Row] = []
        self._passes = self._computed = 0

    def headline(self) -> tuple[float, int]:
        """Seconds of a generation without stamps, and the tokens of all rows."""
        start = time.perf_counter()
        self._generate(start, None)
        return time.perf_counter() - start, self._count()

    def step(self) -> tuple[tuple[float, ...], int]:
        """Seconds to each token of the longest row, and the tokens of all rows."""
        stamps: list[float] = []
        start = time.perf_counter()
        self._generate(start, stamps)
        return tuple(stamp - start for stamp in stamps), self._count()

    def _generate(self, start: float, stamps: list[float] | None) -> None:
        """All rows from nothing; a stamp is taken as soon as every row that goes on has its
        token.
        """
        context, rows = self._context, [Row(n, prompt) for n, prompt in enumerate(self._prompts)]
        context.clear()
        passes, computed = context.passes, context.computed
        parts, going = self._first, rows
        while going:
            for part in parts:
                self._cancellation.check()
                for place, logits in context.read(part):
                    self._rules.take(rows[part[place].row], logits)
            if stamps is not None:
                stamps.append(time.perf_counter())
            self._rules.end_late(going, start)
            going = [row for row in going if row.ended is None]
            parts = [[row.next_token() for row in going]]
        self._rows = rows
        self._passes, self._computed = context.passes - passes, context.computed - computed

    def _count(self) -> int:
        """Tokens of all rows; raises RunError where a fixed length was missed."""
        counts = [len(row.new) for row in self._rows]
        if self._workload.stop is StopRule.FIXED and set(counts) != {self._new_tokens}:
            raise RunError(f"{min(counts)} tokens came, {self._new_tokens} were asked.")
        return sum(counts)

    def describe(self) -> Output:
        """The first row's text and tokens, and each row's counts."""
        first = self._rows[0].new
        text = self._model.decode(first)
        lengths = tuple(map(len, self._prompts))
        return Output(
            text=text,
            token_ids=tuple(first),
            token_texts=token_texts(self._model, first, text),
            prompt_tokens=max(lengths),
            prompt_lengths=lengths,
            new_tokens=tuple(len(row.new) for row in self._rows),
        )

    def effective(self) -> Effective:
        """As llama.cpp and the file tell it."""
        flash = self._context.flash
        attention = {True: Attention.GGML_FLASH, False: Attention.GGML, None: "not told"}[flash]
        ends: dict[str, int] = Counter(str(row.ended) for row in self._rows)
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
            stopped_by=dict(ends),
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
