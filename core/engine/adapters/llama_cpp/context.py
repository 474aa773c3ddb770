"""A llama.cpp context: a KV cache for so many rows, and passes over batches of tokens."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import llama_cpp
import numpy as np
from numpy.typing import NDArray

from core.engine.adapters.llama_cpp import log as said
from core.engine.adapters.llama_cpp.log import EngineLog
from core.engine.adapters.llama_cpp.model import Model
from core.engine.adapters.threads import thread_count
from core.errors import OutOfMemory, RunError
from core.variants.attention import Attention
from core.variants.kv_cache import KVCache

# As llama.cpp's own programs have it: tokens that are handed over at once, and computed at once.
BATCH_TOKENS, PASS_TOKENS = 2048, 512
CELLS = 256
CACHE_TYPES = {KVCache.F16: llama_cpp.GGML_TYPE_F16, KVCache.Q8_0: llama_cpp.GGML_TYPE_Q8_0}


@dataclass(frozen=True)
class Shape:
    """So many rows of at most so many tokens each; `outputs` is for how many tokens of a pass
    probabilities may be asked.
    """

    rows: int
    tokens: int
    outputs: int


@dataclass(frozen=True)
class Token:
    """A token of a row at its position; `asked` where its successor's probabilities are wanted."""

    row: int
    position: int
    id: int
    asked: bool


class Context:
    """One context; raises OutOfMemory where llama.cpp cannot make it. `told` is what it said of
    itself.
    """

    def __init__(
        self, model: Model, shape: Shape, attention: Attention, cache: KVCache, log: EngineLog
    ) -> None:
        self._model = model
        self.threads = thread_count()
        log.clear()
        settings = _settings(shape, attention, cache, self.threads)
        self._pointer = llama_cpp.llama_init_from_model(model.pointer, settings)
        self.told = log.text
        if not self._pointer:
            raise OutOfMemory(
                f"llama.cpp could not make room for {shape.rows} rows of {shape.tokens} tokens: "
                f"{log.last_error()}",
                needed_bytes=None,
                free_bytes=None,
            )
        self._batch = llama_cpp.llama_batch_init(BATCH_TOKENS, 0, 1)
        self._memory = llama_cpp.llama_get_memory(self._pointer)
        self.passes = 0
        self.computed = 0

    def clear(self) -> None:
        """Forget all rows."""
        llama_cpp.llama_memory_clear(self._memory, False)

    def read(self, tokens: Sequence[Token]) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """One pass over at most BATCH_TOKENS tokens; of those that are `asked`, their place and
        a view of their logits, (vocabulary,), which the next pass overwrites.
        """
        self._fill(tokens)
        status = llama_cpp.llama_decode(self._pointer, self._batch)
        if status:
            raise RunError(f"llama.cpp could not compute a pass of {len(tokens)}: status {status}.")
        self.passes += 1
        self.computed += len(tokens)
        for place, token in enumerate(tokens):
            if token.asked:
                pointer = llama_cpp.llama_get_logits_ith(self._pointer, place)
                yield place, np.ctypeslib.as_array(pointer, (self._model.vocabulary,))

    @property
    def threads_told(self) -> int:
        """Threads of a pass, as llama.cpp has them."""
        return int(llama_cpp.llama_n_threads(self._pointer))

    @property
    def flash(self) -> bool | None:
        """Whether it uses flash attention."""
        return said.flash_attention(self.told)

    def close(self) -> None:
        """Free the cache and the buffers."""
        if self._pointer:
            llama_cpp.llama_batch_free(self._batch)
            llama_cpp.llama_free(self._pointer)
            self._pointer = None

    def _fill(self, tokens: Sequence[Token]) -> None:
        batch = self._batch
        batch.n_tokens = len(tokens)
        for place, token in enumerate(tokens):
            batch.token[place] = token.id
            batch.pos[place] = token.position
            batch.n_seq_id[place] = 1
            batch.seq_id[place][0] = token.row
            batch.logits[place] = token.asked


def _settings(
    shape: Shape, attention: Attention, cache: KVCache, threads: int
) -> llama_cpp.llama_context_params:
    settings = llama_cpp.llama_context_default_params()
    cells = -(-shape.tokens // CELLS) * CELLS
    settings.n_ctx = cells * shape.rows
    settings.n_seq_max = shape.rows
    settings.n_batch = BATCH_TOKENS
    settings.n_ubatch = PASS_TOKENS
    settings.n_outputs_max = shape.outputs
    settings.n_threads = settings.n_threads_batch = threads
    settings.flash_attn_type = int(attention is Attention.GGML_FLASH)
    settings.type_k = settings.type_v = CACHE_TYPES[cache]
    settings.no_perf = True
    return settings


def log_softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of (vocabulary,), in nats."""
    shifted = logits.astype(np.float64) - float(logits.max())
    found: NDArray[np.float64] = shifted - np.log(np.exp(shifted).sum())
    return found.astype(np.float32)
