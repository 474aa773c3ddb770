"""OpenVINO as an engine like any other: exports once, compiles, runs."""

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from core.engine.adapters.adapter import LogProbabilities, TellLoading
from core.engine.adapters.openvino.compiled import CompiledGraph, settings_of
from core.engine.adapters.openvino.export_cache import exported
from core.engine.adapters.openvino.reading import facts_of
from core.engine.adapters.openvino.runner import OpenVinoRunner
from core.engine.adapters.tokens import Tokens
from core.engine.cancellation import Cancellation
from core.errors import LoadFailed
from core.results.observed import ModelFacts
from core.variants import hub
from core.variants.kv_cache import KVCache
from core.variants.lengths import length_problems
from core.variants.local_folder import refuse_unsafe_folder
from core.variants.models import Model
from core.variants.shapes import shape_of_folder
from core.variants.source import model_of
from core.variants.spec import VariantSpec, Workload

PACKAGES = ("openvino", "nncf", "optimum-intel")


class OpenVinoAdapter:
    """One variant: a graph in one precision, compiled for one kind of KV cache at a time."""

    computes_here = True
    device_name: str | None = None
    no_quality: str | None = None

    def __init__(self, variant: VariantSpec) -> None:
        self._variant = variant
        self._file = Path()
        self._folder = Path()
        self._compiled: CompiledGraph | None = None

    def load(self, tell: TellLoading) -> None:
        """Export where that was not done before, and compile.

        Raises LoadFailed, and UnsupportedRun for a type that this processor does not have.
        """
        self._folder = model_folder(model_of(self._variant))
        self._tokens = Tokens(self._folder)
        self._file = exported(self._folder, self._variant.precision, tell)
        tell("compiling the graph")
        self._compile(KVCache.DYNAMIC)

    def runner(self, workload: Workload, cancellation: Cancellation) -> OpenVinoRunner:
        """The workload, ready to run; another kind of cache compiles the graph anew.

        Raises RequestError for a prompt and an output that the context cannot hold.
        """
        shape = shape_of_folder(self._folder)
        context = shape.context if shape else None
        count = len(self._tokens.prompt_ids(workload))
        for problem in length_problems(workload, count, context):
            raise problem
        compiled = self._compile(workload.kv_cache)
        return OpenVinoRunner(compiled, self._tokens, workload, cancellation)

    def _compile(self, cache: KVCache) -> CompiledGraph:
        settings = self._settings(cache)
        if self._compiled is None or self._compiled.settings != settings:
            self._compiled = None  # before the next is there: two would not always fit
            self._compiled = CompiledGraph(self._file, settings, last_token_alone=True)
        return self._compiled

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


def log_softmax(logits: Any) -> LogProbabilities:
    """Natural logarithms of probabilities over the last axis, in fp32; the largest logit is taken
    off first, so that no exponential overflows.
    """
    shifted = logits.astype(np.float32)
    shifted -= shifted.max(axis=-1, keepdims=True)
    shifted -= np.log(np.exp(shifted, dtype=np.float64).sum(axis=-1, keepdims=True)).astype(
        np.float32
    )
    found: LogProbabilities = shifted
    return found
