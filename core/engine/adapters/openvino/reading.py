"""What a compiled graph tells of itself, in the words of every result."""

from collections.abc import Sequence

from core.engine.adapters.openvino.compiled import CompiledGraph
from core.engine.adapters.openvino.graph import ATTENTION, Graph, type_bits
from core.results.observed import Effective, ModelFacts
from core.variants.decoding import Decoding
from core.variants.shapes import ModelShape
from core.variants.weights import Weights

STATE = "OpenVINO state"
SCALE_BYTES = 8  # of each token's vector in a quantised cache: a scale and a zero point in float32
INTEGER_PRODUCTS = "int8"


def effective_of(compiled: CompiledGraph, stopped_by: dict[str, int]) -> Effective:
    """Settings of the compiled graph, after it has run."""
    graph = compiled.graph()
    cache = ", ".join(graph.cache_types())
    return Effective(
        device="cpu",
        attention="own",
        attention_class=ATTENTION,
        attention_kernels=graph.kernels(ATTENTION),
        dtype_bytes=graph.dtype_bytes(),
        compute_dtype=compiled.computes_in,
        quantised_modules=graph.quantised_products(),
        modules=graph.module_groups(),
        decoding=Decoding.GREEDY,
        stopped_by=stopped_by,
        cache_class=f"{STATE}, {cache}" if cache else None,
        compiled_graphs=0,
        graph_breaks=0,
        recompiles_while_timed=0,
        threads=int(compiled.told("INFERENCE_NUM_THREADS")),
        weights=Weights.TRAINED,
    )


def facts_of(compiled: CompiledGraph, shape: ModelShape) -> ModelFacts:
    """What a step costs: matrices counted on the compiled graph, the rest by the model's sizes."""
    graph = compiled.graph()
    products = graph.products()
    return ModelFacts(
        layers=shape.layers,
        heads=shape.heads,
        kv_heads=shape.kv_heads,
        head_dim=shape.head_dim,
        hidden=shape.hidden,
        vocabulary=shape.vocabulary,
        parameters=shape.parameters,
        matmul_parameters=sum(product.matrix.values for product in products),
        head_parameters=sum(p.matrix.values for p in products if p.outputs == shape.vocabulary),
        matmul_bytes=sum(product.bytes for product in products),
        kv_value_bytes=_value_bytes(graph.cache_types()),
        compute_dtype=multiplies_in(graph, compiled.computes_in, compiled.rounds_activations),
    )


def multiplies_in(graph: Graph, computes_in: str, rounds_activations: bool) -> str:
    """The type of most products: that of the activations, or integers where these are rounded to
    8 bits to be multiplied with quantised weights.
    """
    products = graph.products()
    quantised = sum(p.matrix.values for p in products if p.quantised)
    mostly = 2 * quantised > sum(p.matrix.values for p in products)
    return INTEGER_PRODUCTS if mostly and rounds_activations else computes_in


def cache_bytes(types: Sequence[str], values: int, vectors: int) -> int | None:
    """Bytes of so many keys and values, and of the scales of so many vectors where they are
    quantised; None where layers differ.
    """
    if len(types) != 1:
        return None
    scales = vectors * SCALE_BYTES if "int" in types[0] else 0
    return values * type_bits(types[0]) // 8 + scales


def _value_bytes(types: Sequence[str]) -> int:
    return max((type_bits(name) for name in types), default=32) // 8
