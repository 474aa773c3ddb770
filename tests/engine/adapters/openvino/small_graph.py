"""A compiled graph of two layers with a tied head, as OpenVINO would tell it."""

from collections.abc import Iterator

from core.engine.adapters.openvino.graph import Graph, Node

HIDDEN, VOCABULARY, LAYERS, GROUP = 64, 96, 2, 32


def small_graph(weights: str, kernels: tuple[str, ...] = ("mlas_f32", "mlas_f32")) -> Graph:
    """Its layers' weights are `f32`, or `u4` with the head in `u8`; one kernel for each layer's
    attention.
    """
    return Graph(_nodes(weights, kernels))


def _nodes(weights: str, kernels: tuple[str, ...]) -> Iterator[Node]:
    head = "u8" if weights == "u4" else weights
    yield from _matrix("embedding", (VOCABULARY, HIDDEN), head, groups=1)
    sources = _sources("embedding", head)
    gather = "__module.model.embed_tokens/aten::embedding/Gather"
    yield Node(gather, "Gather", None, "f32", "ref_any_f32", (sources[0], "ids", *sources[1:]))
    for layer in range(LAYERS):
        yield from _layer(layer, weights, kernels[layer])
    yield Node("norm", "Const", (1, 1, HIDDEN), "f32", "unknown_f32")
    yield Node("__module.model.norm/aten::mul/Multiply_1", "RMS", None, "f32", "", ("x", "norm"))
    yield Node("__module.lm_head/aten::linear/MatMul", "FullyConnected", None, "f32",
               "brgemm_avx512_f32", ("x", *sources))  # fmt: skip


def _layer(number: int, weights: str, kernel: str) -> Iterator[Node]:
    name = f"__module.model.layers.{number}"
    yield Node(f"{name}.self_attn/ScaledDotProductAttention", "ScaledDotProductAttention", None,
               "f32", kernel, ("x",), cache_type="u8")  # fmt: skip
    yield from _matrix(f"w{number}", (HIDDEN, HIDDEN), weights, groups=HIDDEN // GROUP)
    yield Node(f"{name}.mlp.up_proj/aten::linear/MatMul", "FullyConnected", None, "f32",
               "brgemm_avx512_f32", ("x", *_sources(f"w{number}", weights)))  # fmt: skip


def _matrix(name: str, shape: tuple[int, int], stored: str, groups: int) -> Iterator[Node]:
    """A matrix, with scales and zero points where it is quantised; these are handed on."""
    yield Node(name, "Const", shape, stored, "unknown")
    if stored != "f32":
        yield Node(f"{name}.scale", "Const", (shape[0], groups), "f32", "unknown")
        yield Node(f"{name}.zero", "Const", (shape[0], groups), stored, "unknown")
        yield Node(f"{name}.handed", "Convert", None, "f32", "unknown", (f"{name}.zero",))


def _sources(name: str, stored: str) -> tuple[str, ...]:
    return (name,) if stored == "f32" else (name, f"{name}.scale", f"{name}.handed")
