"""A graph compiled for the processor: with which settings, and what the engine made of them.

Nothing is left to the plugin that changes numbers: by itself it computes in bfloat16 where the
processor can, and keeps keys and values in 8 bits. It has as many threads as the other engines.
"""

import copy
from pathlib import Path
from typing import Any, Self

import numpy as np

from core.engine.adapters.openvino.graph import Graph, read_graph, type_name
from core.engine.adapters.openvino.silent import import_openvino
from core.engine.adapters.threads import thread_count
from core.errors import LoadFailed, UnsupportedRun
from core.variants.kv_cache import KVCache
from core.variants.precision import ComputeDtype

DEVICE = "CPU"
HINTS = {ComputeDtype.FLOAT32: "f32", ComputeDtype.BFLOAT16: "bf16"}


def settings_of(dtype: ComputeDtype, cache: KVCache) -> dict[str, Any]:
    """What a graph is compiled with; a dynamic cache has the type that is computed in."""
    hint = HINTS[dtype]
    return {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": hint,
        "INFERENCE_NUM_THREADS": thread_count(),
        "KV_CACHE_PRECISION": "u8" if cache is KVCache.QUANTISED_U8 else hint,
    }


class CompiledGraph:
    """A compiled graph with one request, whose state holds keys and values. Raises LoadFailed
    where it cannot be compiled, UnsupportedRun for a type that this processor does not have.
    """

    def __init__(self, file: Path, settings: dict[str, Any], last_token_alone: bool) -> None:
        openvino = import_openvino()
        core = openvino.Core()
        _refuse_type(settings["INFERENCE_PRECISION_HINT"], core)
        try:
            model = core.read_model(file)
            if last_token_alone:
                _answer_last_token_alone(model)
            self._compiled = core.compile_model(model, DEVICE, settings)
        except RuntimeError as error:
            raise LoadFailed(f"OpenVINO could not compile the graph: {error}") from error
        self._request = self._compiled.create_infer_request()
        self._takes = {name for one in self._compiled.inputs for name in one.get_names()}
        self._logits = self._compiled.output("logits")

    def for_one(self) -> Self:
        """The same graph with a request of its own: keys and values are then one workload's."""
        other = copy.copy(self)
        other._request = self._compiled.create_infer_request()
        return other

    def reset(self) -> None:
        """Forget keys and values."""
        self._request.reset_state()

    def answer(self, inputs: dict[str, Any]) -> Any:
        """Logits, (batch, tokens, vocabulary), valid until the next call; tokens are those of the
        input, or the last alone. Takes the inputs that this graph has.
        """
        taken = {name: value for name, value in inputs.items() if name in self._takes}
        self._request.infer(taken, share_inputs=True)
        return self._request.get_tensor(self._logits).data

    def told(self, name: str) -> Any:
        """A property of the compiled graph."""
        return self._compiled.get_property(name)

    @property
    def computes_in(self) -> str:
        """The float type between operations."""
        return type_name(self.told("INFERENCE_PRECISION_HINT").get_type_name())

    @property
    def rounds_activations(self) -> bool:
        """Whether what is multiplied with quantised weights is rounded to 8-bit integers first."""
        return int(self.told("DYNAMIC_QUANTIZATION_GROUP_SIZE")) > 0

    def graph(self) -> Graph:
        """Its nodes as they stand now."""
        return read_graph(self._compiled)

    def state_values(self) -> tuple[int, int]:
        """Numbers in all keys and values, and vectors of one token and one head among them."""
        shapes = [tuple(state.state.shape) for state in self._request.query_state()]
        values = sum(int(np.prod(shape)) for shape in shapes)
        return values, sum(int(np.prod(shape[:-1])) for shape in shapes)


def _refuse_type(hint: str, core: Any) -> None:
    known = core.get_property(DEVICE, "OPTIMIZATION_CAPABILITIES")
    if hint != HINTS[ComputeDtype.FLOAT32] and hint.upper() not in known:
        raise UnsupportedRun(
            f"OpenVINO does not compute in {type_name(hint)} on this processor.", "compute_dtype"
        )


def _answer_last_token_alone(model: Any) -> None:
    """Cut all tokens but the last off before the output head. A generation needs no other, and
    transformers and OpenVINO's own pipelines do not compute them either. A graph whose head is not
    found stays as it is, and is only slower.
    """
    operations = import_openvino().opset13
    head = model.output("logits").get_node().input_value(0).get_node()
    if head.get_type_name() != "MatMul":
        return
    begin, end, step, axis = (operations.constant(np.array([n])) for n in (-1, -2, -1, 1))
    last = operations.slice(head.input_value(0), begin, end, step, axis)
    head.input(0).replace_source_output(last.output(0))
    model.validate_nodes_and_infer_types()
