"""The graph as OpenVINO compiled it, as plain nodes: which kernels, types and weights there are.

Knows nothing of OpenVINO's own classes but how to read them, so that all else is tested without it.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from core.results.observed import ModuleGroup

CONSTANT, LINEAR, ATTENTION = "Const", "FullyConnected", "ScaledDotProductAttention"
PRODUCTS = (LINEAR, "MatMul")
HANDED_ON = ("Convert", "Reorder", "Reshape", "Transpose")
LEAST_VALUES = 16  # what tracing leaves of single numbers is no weight
TYPES = {
    "f32": ("float32", 32),
    "f16": ("float16", 16),
    "bf16": ("bfloat16", 16),
    "u8": ("uint8", 8),
    "i8": ("int8", 8),
    "u4": ("uint4", 4),
    "i4": ("int4", 4),
}
"""OpenVINO's name of a type: the name that results use, and its bits."""
INTEGERS = tuple(name for name, _ in TYPES.values() if "int" in name)


@dataclass(frozen=True)
class Node:
    """One operation of the compiled graph. `sources` are the names of the nodes that it reads,
    `stored` the type of what it gives, `kernel` what carries it out, with the type it computes in.
    """

    name: str
    kind: str
    shape: tuple[int, ...] | None
    stored: str
    kernel: str
    sources: tuple[str, ...] = ()
    cache_type: str | None = None

    @property
    def values(self) -> int:
        """How many weights a constant holds: 0 for what is none."""
        if self.kind != CONSTANT or self.shape is None or self.stored not in TYPES:
            return 0
        values = math.prod(self.shape)
        return values if values >= LEAST_VALUES else 0

    @property
    def bytes(self) -> int:
        """What a constant takes."""
        return self.values * TYPES[self.stored][1] // 8 if self.values else 0


@dataclass(frozen=True)
class Product:
    """A product with a matrix of weights: the matrix, and beside it scales and zero points."""

    node: Node
    matrix: Node
    beside: tuple[Node, ...]

    @property
    def quantised(self) -> bool:
        """Whether the weights are stored as integers."""
        return type_name(self.matrix.stored) in INTEGERS

    @property
    def label(self) -> str:
        """Its kind, the type of its weights, and how many of them share a scale if not a row."""
        name = f"{self.node.kind} {type_name(self.matrix.stored)}"
        scales = self.beside[0].shape if self.beside else None
        inputs, groups = (self.matrix.shape or (0, 0))[1], (scales or (0, 1))[-1]
        return f"{name}, groups of {inputs // groups}" if groups > 1 else name

    @property
    def outputs(self) -> int:
        """Rows of the matrix: what the product gives for each token."""
        return self.matrix.shape[0] if self.matrix.shape else 0

    @property
    def bytes(self) -> int:
        """What one pass reads of it."""
        return self.matrix.bytes + sum(node.bytes for node in self.beside)


class Graph:
    """The nodes of a compiled graph, in the order in which they run."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        self.nodes = tuple(nodes)
        self._by_name = {node.name: node for node in self.nodes}

    def constants_of(self, node: Node) -> tuple[Node, ...]:
        """The constants that a node reads, in the order of its inputs, handed on or not."""
        found = (self._origin(name) for name in node.sources)
        return tuple(origin for origin in found if origin is not None and origin.values)

    def _origin(self, name: str) -> Node | None:
        node = self._by_name.get(name)
        while node is not None and node.kind in HANDED_ON and node.sources:
            node = self._by_name.get(node.sources[0])
        return node

    def products(self) -> tuple[Product, ...]:
        """Each matrix of weights once, however many read it."""
        found: dict[str, Product] = {}
        for node in self.nodes:
            constants = self.constants_of(node) if node.kind in PRODUCTS else ()
            if constants and len(constants[0].shape or ()) == 2:
                found.setdefault(constants[0].name, Product(node, constants[0], constants[1:]))
        return tuple(found.values())

    def dtype_bytes(self) -> dict[str, int]:
        """Bytes of all constants by type."""
        return _bytes_by_type(node for node in self.nodes if node.values)

    def module_groups(self) -> tuple[ModuleGroup, ...]:
        """What holds weights, that of all layers together; a shared constant where it is first."""
        seen: set[str] = set()
        count: Counter[tuple[str, str]] = Counter()
        stored: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        for node in self.nodes:
            new = [one for one in self.constants_of(node) if one.name not in seen]
            if new and node.kind not in HANDED_ON:
                seen |= {one.name for one in new}
                key = (module_name(node.name), node.kind)
                count[key] += 1
                stored[key].update(_bytes_by_type(new))
        return tuple(_group(*key, count[key], dict(stored[key])) for key in count)

    def quantised_products(self) -> dict[str, int]:
        """How many products there are with weights of each integer type."""
        return dict(Counter(product.label for product in self.products() if product.quantised))

    def kernels(self, kind: str) -> tuple[str, ...]:
        """What carries out all nodes of a kind; those that have not run yet do not say."""
        found = {node.kernel for node in self.nodes if node.kind == kind}
        return tuple(sorted(name for name in found if not name.startswith("undef")))

    def cache_types(self) -> tuple[str, ...]:
        """The types in which attention keeps keys and values."""
        return tuple(sorted({type_name(n.cache_type) for n in self.nodes if n.cache_type}))


def read_graph(compiled: Any) -> Graph:
    """Of a compiled model. Attention and products choose a kernel when they first run."""
    return Graph(_nodes(compiled.get_runtime_model().get_ordered_ops()))


def _nodes(operations: Iterable[Any]) -> Iterator[Node]:
    for operation in operations:
        told = {key: str(value.astype(str)) for key, value in operation.get_rt_info().items()}
        shape = operation.get_output_partial_shape(0) if operation.get_output_size() else None
        inputs = (one.get_source_output().get_node() for one in operation.inputs())
        yield Node(
            name=operation.get_friendly_name(),
            kind=told["layerType"],
            shape=tuple(shape.to_shape()) if shape is not None and shape.is_static else None,
            stored=told.get("outputPrecisions", "").split(",")[0],
            kernel=told.get("primitiveType", ""),
            sources=tuple(node.get_friendly_name() for node in inputs),
            cache_type=told.get("kv_cache_precision"),
        )


def type_name(name: str) -> str:
    """`float32` for `f32`; a type that is not known here keeps OpenVINO's name."""
    return TYPES[name][0] if name in TYPES else name


def type_bits(name: str) -> int:
    """Of a type by the name that results use."""
    return dict(TYPES.values())[name]


def module_name(name: str) -> str:
    """`model.layers.*.mlp.up_proj` for each layer's: what the graph calls the operation, without
    what tracing put around it.
    """
    module = name.removeprefix("__module.").partition("/")[0]
    return re.sub(r"\.\d+(?=\.|$)", ".*", module) or "(graph)"


def _group(name: str, kind: str, count: int, stored: dict[str, int]) -> ModuleGroup:
    quantised = any(found in INTEGERS for found in stored)
    return ModuleGroup(name=name, kind=kind, quantised=quantised, count=count, dtype_bytes=stored)


def _bytes_by_type(nodes: Iterable[Node]) -> dict[str, int]:
    totals: Counter[str] = Counter()
    for node in nodes:
        totals[type_name(node.stored)] += node.bytes
    return dict(totals)
