"""What a worker of another engine holds loaded: the last run's, or that of the two of a pair.

An engine frees what it holds before it loads the next, so that a peak is of one variant alone.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from core.engine.adapters.adapter import Adapter, TellLoading
from core.jobs.protocol import Resident
from core.variants.engine import ENGINES
from core.variants.kv_cache import KVCache
from core.variants.spec import RunSpec, VariantSpec

OpenAdapter = Callable[[VariantSpec, KVCache], Adapter]


class Load(NamedTuple):
    """What is loaded for a run: its variant, for one kind of KV cache where that decides what is
    made of it.
    """

    variant_id: str
    cache: KVCache | None


def load_of(spec: RunSpec) -> Load:
    """What is loaded for that run."""
    by_cache = ENGINES[spec.variant.engine].loads_for_cache
    return Load(spec.variant.id, spec.workload.kv_cache if by_cache else None)


@dataclass
class Held:
    """A loaded variant: what its load took, the workloads that it has run, and the bytes of its
    weights as its engine has told them, 0 until then.
    """

    variant: VariantSpec
    adapter: Adapter
    load_s: float
    ran: set[str] = field(default_factory=set)
    weights_bytes: int = 0
    used_at: float = field(default_factory=time.monotonic)


class Shelf:
    """What is held, by what was loaded. Used by the worker's main thread alone."""

    def __init__(self, open_adapter: OpenAdapter, changed: Callable[[], None]) -> None:
        self._open = open_adapter
        self._changed = changed
        self._held: dict[Load, Held] = {}

    def take(
        self, spec: RunSpec, tell: TellLoading, beside: tuple[RunSpec, ...] = ()
    ) -> tuple[Held, bool]:
        """The run's variant, loaded, and whether it was there before; all else but that of those
        `beside` is freed first. Raises what the engine raises where it cannot be loaded.
        """
        wanted, kept = load_of(spec), set(map(load_of, beside))
        for other in [load for load in self._held if load not in {wanted, *kept}]:
            self._free(other)
        held = self._held.get(wanted)
        if held is not None:
            held.used_at = time.monotonic()
            return held, True
        held = self._held[wanted] = self._loaded(spec, tell)
        self._changed()
        return held, False

    def _loaded(self, spec: RunSpec, tell: TellLoading) -> Held:
        adapter = self._open(spec.variant, spec.workload.kv_cache)
        try:
            adapter.prepare(tell)
            start = time.perf_counter()
            adapter.load(tell)
        except BaseException:
            adapter.close()
            raise
        return Held(spec.variant, adapter, time.perf_counter() - start)

    def weigh(self, held: Held, weights_bytes: int | None) -> None:
        """Note what the engine tells of the weights' size."""
        if weights_bytes and weights_bytes != held.weights_bytes:
            held.weights_bytes = weights_bytes
            self._changed()

    def drop(self, variant_id: str) -> None:
        """Free all that is held of a variant; does nothing where that is nothing."""
        for load in [load for load in self._held if load.variant_id == variant_id]:
            self._free(load)

    def clear(self) -> None:
        """Free everything."""
        for load in list(self._held):
            self._free(load)

    def _free(self, load: Load) -> None:
        self._held.pop(load).adapter.close()
        self._changed()

    def residents(self) -> tuple[Resident, ...]:
        """The variants that lie in this process's memory, each with all that is loaded of it."""
        here = [held for held in self._held.values() if held.adapter.computes_here]
        variants = dict.fromkeys(held.variant for held in here)
        return tuple(_resident(v, [held for held in here if held.variant == v]) for v in variants)


def _resident(variant: VariantSpec, parts: list[Held]) -> Resident:
    return Resident(
        variant=variant,
        weights_bytes=sum(held.weights_bytes for held in parts),
        used_at=max(held.used_at for held in parts),
    )
