"""The adapter of llama.cpp: a GGUF file, and for each workload a context of its own."""

import importlib.metadata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import psutil

from core.engine.adapters.adapter import TellLoading
from core.engine.adapters.fitting import refuse_unfit
from core.engine.adapters.llama_cpp.context import Context, Shape, Token
from core.engine.adapters.llama_cpp.gguf_file import GgufFile, facts_of, locate, read
from core.engine.adapters.llama_cpp.log import EngineLog
from core.engine.adapters.llama_cpp.model import Model
from core.engine.adapters.llama_cpp.runner import LlamaRunner
from core.engine.cancellation import Cancellation
from core.engine.divergence import Encoded, LogProbabilities, log_softmax
from core.engine.drawing import synthetic_ids
from core.errors import OutOfMemory
from core.results.observed import ModelFacts
from core.variants.kv_cache import KVCache
from core.variants.lengths import new_tokens_cap, row_lengths
from core.variants.source import model_of
from core.variants.spec import VariantSpec, Workload

PACKAGE = "llama-cpp-python"
SPECIAL = ("unknown", "bos", "eos", "padding")
SCORED_AT_ONCE = 128
LOG = EngineLog()


class LlamaCppAdapter:
    """One GGUF file, loaded."""

    computes_here = True
    device_name: str | None = None

    def __init__(self, variant: VariantSpec) -> None:
        self._variant = variant
        self._file: GgufFile | None = None
        self._model: Model | None = None

    @property
    def no_quality(self) -> str | None:
        """A file alone has no fp32 reference."""
        alone = model_of(self._variant).gguf is not None
        return "a GGUF file alone has no fp32 reference to compare it with" if alone else None

    def prepare(self, tell: TellLoading) -> None:
        """Check the file, and read what is written in it. Raises LoadFailed."""
        tell("checking the GGUF file")
        path = locate(self._variant)
        self._file = read(path, path.stat().st_mtime_ns)

    def load(self, tell: TellLoading) -> None:
        """Load it. Raises LoadFailed, and OutOfMemory where it is larger than what is free."""
        assert self._file is not None
        path = self._file.path
        _refuse_without_room(path)
        tell(f"loading {path.name}")
        self._model = Model(path, LOG)

    def runner(self, workload: Workload, cancellation: Cancellation) -> LlamaRunner:
        """The workload in a context of its own. Raises RequestError where prompt and output, or its
        task, exceed the model's context, OutOfMemory where there is no room.
        """
        model, file = self._loaded
        ids = self._prompt_ids(workload)
        refuse_unfit(workload, len(ids), model.context, model.encode)
        lengths = row_lengths(workload, len(ids))
        prompts = [ids[len(ids) - count :] for count in lengths]
        tokens = max(lengths) + new_tokens_cap(workload, max(lengths))
        shape = Shape(workload.batch_size, tokens, workload.batch_size)
        context = Context(model, shape, self._variant.attention, workload.kv_cache, LOG)
        return LlamaRunner(model, file, context, workload, prompts, cancellation)

    def facts(self) -> ModelFacts | None:
        """Read from the file."""
        return facts_of(self._loaded[1])

    def files(self) -> Sequence[Path]:
        """The GGUF file."""
        return (self._loaded[1].path,)

    def packages(self) -> Mapping[str, str]:
        """llama-cpp-python, which brings llama.cpp."""
        return {PACKAGE: importlib.metadata.version(PACKAGE)}

    @property
    def context(self) -> int | None:
        """The file's own."""
        return self._loaded[0].context

    @property
    def beginning(self) -> int | None:
        """The file's own."""
        return self._loaded[0].beginning

    def encode(self, text: str) -> Encoded:
        """As llama.cpp's own tokenizer does."""
        model, _ = self._loaded
        ids = model.encode(text)
        return Encoded(ids, sum(len(model.piece(token)) for token in ids[1:]))

    def passages(self, token_ids: Sequence[Sequence[int]]) -> Iterator[LogProbabilities]:
        """Each passage read once, its keys and values in 16 bits."""
        model, _ = self._loaded
        shape = Shape(1, max(map(len, token_ids)), SCORED_AT_ONCE)
        context = Context(model, shape, self._variant.attention, KVCache.F16, LOG)
        try:
            for ids in token_ids:
                yield _read(context, ids, model.vocabulary)
        finally:
            context.close()

    def close(self) -> None:
        """Free the weights."""
        if self._model is not None:
            self._model.close()
            self._model = None

    def _prompt_ids(self, workload: Workload) -> list[int]:
        model, file = self._loaded
        if workload.prompt is not None:
            return model.encode(workload.prompt)
        keys = (f"tokenizer.ggml.{name}_token_id" for name in SPECIAL)
        special = {int(file.metadata[key]) for key in keys if key in file.metadata}
        return synthetic_ids(special, model.vocabulary, workload.prompt_tokens or 1, workload.seed)

    @property
    def _loaded(self) -> tuple[Model, GgufFile]:
        assert self._model is not None
        assert self._file is not None
        return self._model, self._file


def _refuse_without_room(path: Path) -> None:
    """Raise OutOfMemory where the file is larger than the memory that is free."""
    needed, free = path.stat().st_size, psutil.virtual_memory().available
    if needed > free:
        text = f"The file takes {needed / 1e9:.2f} GB; {free / 1e9:.2f} GB are free."
        raise OutOfMemory(text, needed_bytes=needed, free_bytes=free)


def _read(context: Context, ids: Sequence[int], vocabulary: int) -> LogProbabilities:
    """(tokens - 1, vocabulary), a part of the passage at a time."""
    context.clear()
    found = np.empty((len(ids) - 1, vocabulary), dtype=np.float32)
    tokens = [Token(0, place, token, asked=True) for place, token in enumerate(ids[:-1])]
    for start in range(0, len(tokens), SCORED_AT_ONCE):
        for place, logits in context.read(tokens[start : start + SCORED_AT_ONCE]):
            found[start + place] = log_softmax(logits)
    return found
