"""OpenVINO as an engine like any other: exports once, compiles, runs."""

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from core.engine.adapters.adapter import TellLoading
from core.engine.adapters.fitting import refuse_unfit
from core.engine.adapters.openvino.compiled import CompiledGraph, settings_of
from core.engine.adapters.openvino.export_cache import exported
from core.engine.adapters.openvino.reading import facts_of
from core.engine.adapters.openvino.runner import OpenVinoRunner
from core.engine.adapters.openvino.tokens import Tokens
from core.engine.cancellation import Cancellation
from core.engine.divergence import Encoded, LogProbabilities, log_softmax
from core.errors import LoadFailed
from core.results.observed import ModelFacts
from core.variants import hub
from core.variants.kv_cache import KVCache
from core.variants.local_folder import refuse_unsafe_folder
from core.variants.models import Model
from core.variants.shapes import shape_of_folder
from core.variants.source import model_of
from core.variants.spec import VariantSpec, Workload

PACKAGES = ("openvino", "nncf", "optimum-intel")


class OpenVinoAdapter:
    """One variant: a graph in one precision, compiled for one kind of KV cache."""

    computes_here = True
    device_name: str | None = None
    no_quality: str | None = None

    def __init__(self, variant: VariantSpec, cache: KVCache) -> None:
        self._variant = variant
        self._cache = cache
        self._file = Path()
        self._folder = Path()
        self._compiled: CompiledGraph | None = None

    def prepare(self, tell: TellLoading) -> None:
        """Export where that was not done before. Raises LoadFailed."""
        self._folder = model_folder(model_of(self._variant))
        self._file = exported(self._folder, self._variant.precision, tell)

    def load(self, tell: TellLoading) -> None:
        """Compile the graph, from its files.

        Raises LoadFailed, and UnsupportedRun for a type that this processor does not have.
        """
        tell("compiling the graph")
        self._tokens = Tokens(self._folder)
        settings = self._settings(self._cache)
        self._compiled = CompiledGraph(self._file, settings, last_token_alone=True)

    def runner(self, workload: Workload, cancellation: Cancellation) -> OpenVinoRunner:
        """The workload, ready to run, with the kind of cache that the graph is compiled for.

        Raises RequestError for a prompt and an output, or a task, that the context cannot hold.
        """
        assert self._compiled is not None
        assert workload.kv_cache is self._cache
        tokens = len(self._tokens.prompt_ids(workload))
        refuse_unfit(workload, tokens, self.context, self._tokens.encode)
        return OpenVinoRunner(self._compiled.for_one(), self._tokens, workload, cancellation)

    def _settings(self, cache: KVCache) -> dict[str, Any]:
        return settings_of(self._variant.compute_dtype, cache)

    def facts(self) -> ModelFacts | None:
        """What a step costs, from the compiled graph; None for a model of unknown sizes."""
        shape = shape_of_folder(self._folder)
        return facts_of(self._compiled, shape) if self._compiled and shape else None

    def files(self) -> Sequence[Path]:
        """The exported graph and its weights."""
        return (self._file, self._file.with_suffix(".bin"))

    def packages(self) -> Mapping[str, str]:
        """What exported the graph and what runs it."""
        return {name: version(name) for name in PACKAGES}

    @property
    def context(self) -> int | None:
        """The model's own; None for a model of unknown sizes."""
        shape = shape_of_folder(self._folder)
        return shape.context if shape else None

    @property
    def beginning(self) -> int | None:
        """The tokenizer's own."""
        return self._tokens.beginning

    def encode(self, text: str) -> Encoded:
        """As transformers' tokenizer would."""
        return self._tokens.encoded(text)

    def passages(self, token_ids: Sequence[Sequence[int]]) -> Iterator[LogProbabilities]:
        """Each passage in one pass of the same graph, compiled with the same settings but for all
        tokens; it is gone afterwards.
        """
        graph = CompiledGraph(self._file, self._settings(KVCache.DYNAMIC), last_token_alone=False)
        for ids in token_ids:
            row = np.array([ids], dtype=np.int64)
            graph.reset()
            logits = graph.answer(
                {
                    "input_ids": row,
                    "attention_mask": np.ones_like(row),
                    "position_ids": np.arange(row.size)[None],
                    "beam_idx": np.zeros(1, dtype=np.int32),
                }
            )
            yield log_softmax(logits[0, :-1])

    def close(self) -> None:
        """Free the compiled graph."""
        self._compiled = None


def model_folder(model: Model) -> Path:
    """The model's safetensors on this machine. This engine's environment fetches and converts
    nothing: raises LoadFailed where they are not there, RequestError where they are not safe.
    """
    if not model.prepared:
        raise LoadFailed(
            f"{model.label} is not on this machine yet: run it with transformers once, which "
            "fetches it."
        )
    if model.hub_id:
        refuse_unsafe_folder(model.folder, only=hub.loaded_files(model.folder))
    return model.folder
