"""What is read off a compiled graph: weights by type, products, kernels, the cache's type."""

from core.engine.adapters.openvino.graph import Graph, Node, module_name, type_bits
from core.engine.adapters.openvino.reading import cache_bytes, multiplies_in
from core.results.observed import ModuleGroup
from tests.engine.adapters.openvino.small_graph import HIDDEN, LAYERS, VOCABULARY, small_graph


def test_shared_weights_count_once() -> None:
    graph = small_graph("f32")
    layer, head = HIDDEN * HIDDEN, VOCABULARY * HIDDEN
    assert [p.matrix.values for p in graph.products()] == [layer] * LAYERS + [head]
    assert graph.dtype_bytes() == {"float32": 4 * (LAYERS * layer + head + HIDDEN)}
    assert graph.quantised_products() == {}


def test_four_bit_weights_count_with_scales_and_zero_points() -> None:
    graph = small_graph("u4")
    product = graph.products()[0]
    groups = HIDDEN * HIDDEN // 32
    assert product.bytes == HIDDEN * HIDDEN // 2 + 4 * groups + groups // 2
    assert graph.quantised_products() == {
        "FullyConnected uint4, groups of 32": LAYERS,
        "FullyConnected uint8": 1,
    }


def test_layers_of_a_kind_are_one_group_and_a_tied_head_is_where_it_is_read_first() -> None:
    groups = {group.name: group for group in small_graph("f32").module_groups()}
    assert groups["model.layers.*.mlp.up_proj"] == ModuleGroup(
        name="model.layers.*.mlp.up_proj",
        kind="FullyConnected",
        quantised=False,
        count=LAYERS,
        dtype_bytes={"float32": 4 * LAYERS * HIDDEN * HIDDEN},
    )
    assert groups["model.embed_tokens"].dtype_bytes == {"float32": 4 * VOCABULARY * HIDDEN}
    assert "lm_head" not in groups
    assert small_graph("u4").module_groups()[0].quantised


def test_single_numbers_and_shapes_are_no_weights() -> None:
    graph = Graph([
        Node("a", "Const", (1, 1), "f32", ""),
        Node("b", "Const", (400,), "i32", ""),
        Node("c", "Const", (0,), "dynamic", ""),
        Node("d", "Eltwise", None, "f32", "jit_f32", ("a", "b", "c")),
    ])  # fmt: skip
    assert (graph.dtype_bytes(), graph.products(), graph.module_groups()) == ({}, (), ())


def test_kernels_that_have_not_run_are_not_told() -> None:
    graph = small_graph("f32", kernels=("undef_f32", "mlas_f32"))
    assert graph.kernels("ScaledDotProductAttention") == ("mlas_f32",)
    assert graph.cache_types() == ("uint8",)


def test_names_are_those_of_the_model() -> None:
    assert module_name("__module.model.layers.12.mlp.up_proj/aten::linear/MatMul") == (
        "model.layers.*.mlp.up_proj"
    )
    assert [type_bits(name) for name in ("float32", "bfloat16", "uint4")] == [32, 16, 4]


def test_integers_multiply_where_activations_are_rounded_and_weights_quantised() -> None:
    assert multiplies_in(small_graph("u4"), "float32", rounds_activations=True) == "int8"
    assert multiplies_in(small_graph("u4"), "float32", rounds_activations=False) == "float32"
    assert multiplies_in(small_graph("f32"), "bfloat16", rounds_activations=True) == "bfloat16"


def test_a_caches_bytes_have_its_type_and_its_scales() -> None:
    assert cache_bytes(("float32",), values=640, vectors=10) == 2560
    assert cache_bytes(("uint8",), values=640, vectors=10) == 640 + 80
    assert cache_bytes(("float32", "uint8"), values=640, vectors=10) is None
