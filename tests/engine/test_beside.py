"""Two variants that must be in memory together, on a device of a given size."""

from typing import Any, cast

import pytest

from core.engine.beside import refuse_what_cannot_fit_together
from core.engine.device import Device
from core.engine.model_cache import ModelCache
from core.errors import OutOfMemory
from core.variants.footprint import Footprint
from tests.samples import a_spec

GB = 10**9
FP32, NF4 = a_spec().variant, a_spec(precision="nf4").variant


class FixedDevice:
    """A device with so much free memory."""

    def __init__(self, free_bytes: int) -> None:
        self._free_bytes = free_bytes

    def free_bytes(self) -> int:
        return self._free_bytes


class EmptyCache:
    """Nothing else is loaded but what can be freed."""

    def __init__(self, others_bytes: int = 0) -> None:
        self._others_bytes = others_bytes

    def others_bytes(self, *_: Any) -> int:
        return self._others_bytes


def refuse(
    a: Footprint | None, b: Footprint | None, free: int, same: bool = False, others: int = 0
) -> None:
    refuse_what_cannot_fit_together(
        (a, b),
        (FP32, FP32 if same else NF4),
        (FP32, NF4),
        cast(ModelCache, EmptyCache(others)),
        cast(Device, FixedDevice(free)),
    )


def test_two_that_do_not_fit_together_are_refused_with_figures() -> None:
    a, b = Footprint(2 * GB, GB, GB), Footprint(3 * GB, GB, 2 * GB)
    refuse(a, b, free=9 * GB)
    with pytest.raises(OutOfMemory) as caught:
        refuse(a, b, free=9 * GB - 1)
    assert (caught.value.needed_bytes, caught.value.free_bytes) == (9 * GB, 9 * GB - 1)
    assert "A: weights 2.00, KV cache 1.00; B: weights 3.00, KV cache 1.00" in str(caught.value)


def test_what_can_be_freed_counts_and_one_variant_is_loaded_once() -> None:
    one = Footprint(4 * GB, 0, 0)
    refuse(one, one, free=4 * GB, same=True)
    refuse(one, one, free=4 * GB, others=4 * GB)
    with pytest.raises(OutOfMemory):
        refuse(one, one, free=4 * GB)


def test_unknown_sizes_refuse_nothing() -> None:
    refuse(None, Footprint(GB, 0, 0), free=0)
