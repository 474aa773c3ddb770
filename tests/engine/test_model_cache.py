"""The cache's budget and its order of eviction, with entries of known size."""

from dataclasses import dataclass, field
from typing import cast

import pytest

from core.engine.device import Device
from core.engine.loader import Loaded
from core.engine.model_cache import BUDGET_VARIABLE, STUCK_BYTES, ModelCache
from core.variants.precision import Precision
from core.variants.spec import VariantSpec


@dataclass
class Entry:
    """As much of a loaded variant as the cache looks at."""

    variant: VariantSpec
    weights_bytes: int
    used_at: float


@dataclass
class Memory:
    """A device whose memory is a number."""

    total: int
    cache: "list[ModelCache]" = field(default_factory=list)
    leaked: int = 0

    def free_bytes(self) -> int:
        held = self.cache[0].resident_bytes if self.cache else 0
        return self.total - held - self.leaked

    def used_bytes(self) -> int:
        return self.total - self.free_bytes()

    def release(self) -> None:
        pass


def variant(precision: Precision) -> VariantSpec:
    return VariantSpec(precision=precision)


FP32, BF16, FP16 = (variant(p) for p in (Precision.FP32, Precision.BF16, Precision.FP16))


@pytest.fixture
def memory() -> Memory:
    return Memory(total=100 * 10**9)


@pytest.fixture
def cache(memory: Memory) -> ModelCache:
    made = ModelCache(cast(Device, memory), changed=lambda: None)
    memory.cache.append(made)
    for used_at, (spec, gigabytes) in enumerate(((FP32, 30), (BF16, 20))):
        made.put(cast(Loaded, Entry(spec, gigabytes * 10**9, used_at)))
    return made


def test_the_budget_is_a_share_of_free_memory(memory: Memory) -> None:
    assert ModelCache(cast(Device, memory), lambda: None).budget_bytes == 60 * 10**9


def test_the_budget_can_be_chosen(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BUDGET_VARIABLE, "123")
    assert ModelCache(cast(Device, memory), lambda: None).budget_bytes == 123


def test_what_fits_evicts_nothing(cache: ModelCache) -> None:
    cache.make_room(FP16, weights_bytes=10 * 10**9, run_bytes=0)
    assert set(cache.loaded) == {FP32.id, BF16.id}


def test_over_budget_the_least_recently_used_goes(cache: ModelCache) -> None:
    cache.make_room(FP16, weights_bytes=20 * 10**9, run_bytes=0)
    assert set(cache.loaded) == {BF16.id}


def test_a_use_saves_a_variant_from_eviction(cache: ModelCache) -> None:
    assert cache.get(FP32) is not None
    cache.make_room(FP16, weights_bytes=20 * 10**9, run_bytes=0)
    assert set(cache.loaded) == {FP32.id}


def test_a_large_run_evicts_others_but_never_its_own_variant(cache: ModelCache) -> None:
    cache.make_room(FP32, weights_bytes=0, run_bytes=60 * 10**9)
    assert set(cache.loaded) == {FP32.id}


def test_what_is_in_use_is_never_evicted(cache: ModelCache) -> None:
    """Its memory would not come back while it is used, so evicting it gains nothing."""
    cache.make_room(FP16, weights_bytes=70 * 10**9, run_bytes=0, in_use=(FP32,))
    assert set(cache.loaded) == {FP32.id}


def test_a_variant_larger_than_the_budget_stays_alone(cache: ModelCache) -> None:
    cache.make_room(FP16, weights_bytes=70 * 10**9, run_bytes=0)
    assert not cache.loaded


def test_memory_that_does_not_come_back_is_seen(cache: ModelCache, memory: Memory) -> None:
    assert cache.stuck_bytes() == 0
    memory.leaked = STUCK_BYTES + 1
    assert cache.stuck_bytes() == STUCK_BYTES + 1
