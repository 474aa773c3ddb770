"""The group size of 4-bit weights follows from the widths of the matrices."""

from typing import Any

import numpy as np
import pytest

from core.engine.adapters.openvino.export import group_size, widths


class Operation:
    """An operation of a graph as far as widths need it."""

    def __init__(self, kind: str, matrix: "Operation | None" = None, transposed: bool = True,
                 shape: tuple[int, ...] = ()) -> None:  # fmt: skip
        self.shape = np.array(shape)
        self._kind, self._matrix, self._transposed = kind, matrix, transposed

    def get_type_name(self) -> str:
        return self._kind

    def get_attributes(self) -> dict[str, Any]:
        return {"transpose_b": self._transposed}

    def input_value(self, _: int) -> "Operation":
        assert self._matrix is not None
        return self._matrix

    def get_node(self) -> "Operation":
        return self


def test_the_largest_group_that_divides_every_matrix() -> None:
    assert group_size((576, 1536)) == 64  # the bundled model's
    assert group_size((2048, 5632)) == 128
    assert group_size((96,)) == 32


def test_widths_that_no_group_divides_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\[100, 576\]"):
        group_size((576, 100))


def test_widths_are_the_inputs_of_products_with_weights() -> None:
    weights = Operation("Constant", shape=(192, 576))
    operations = [
        Operation("MatMul", weights),
        Operation("MatMul", weights, transposed=False),
        Operation("MatMul", Operation("Reshape")),
        Operation("MatMul", Operation("Constant", shape=(1, 32, 1))),
        Operation("Add", weights),
    ]
    assert list(widths(operations)) == [576, 192]
