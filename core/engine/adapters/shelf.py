"""The variants that a worker of another engine holds: the last one, or the two of a pair.

An engine frees what it holds before it loads the next, so that a peak is of one variant alone.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from core.engine.adapters.adapter import Adapter, TellLoading
from core.jobs.protocol import Resident
from core.variants.spec import VariantSpec

OpenAdapter = Callable[[VariantSpec], Adapter]


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
    used_at: float = field(default_factory=time.time)


class Shelf:
    """Variant id -> what is held. Used by the worker's main thread alone."""

    def __init__(self, open_adapter: OpenAdapter, changed: Callable[[], None]) -> None:
        self._open = open_adapter
        self._changed = changed
        self._held: dict[str, Held] = {}

    def take(
        self, variant: VariantSpec, tell: TellLoading, beside: tuple[VariantSpec, ...] = ()
    ) -> tuple[Held, bool]:
        """The variant, loaded, and whether it was there before; all others but those `beside` are
        freed first. Raises what the engine raises where it cannot be loaded.
        """
        for other in [one for one in self._held.values() if one.variant not in (variant, *beside)]:
            self.drop(other.variant.id)
        held = self._held.get(variant.id)
        if held is not None:
            held.used_at = time.time()
            return held, True
        start, adapter = time.perf_counter(), self._open(variant)
        try:
            adapter.load(tell)
        except BaseException:
            adapter.close()
            raise
        held = Held(variant, adapter, time.perf_counter() - start)
        self._held[variant.id] = held
        self._changed()
        return held, False

    def weigh(self, held: Held, weights_bytes: int | None) -> None:
        """Note what the engine tells of the weights' size."""
        if weights_bytes and weights_bytes != held.weights_bytes:
            held.weights_bytes = weights_bytes
            self._changed()

    def drop(self, variant_id: str) -> None:
        """Free one variant; does nothing where it is not held."""
        held = self._held.pop(variant_id, None)
        if held is not None:
            held.adapter.close()
            self._changed()

    def clear(self) -> None:
        """Free everything."""
        for variant_id in list(self._held):
            self.drop(variant_id)

    def residents(self) -> tuple[Resident, ...]:
        """What lies in this process's memory."""
        return tuple(
            Resident(variant=held.variant, weights_bytes=held.weights_bytes, used_at=held.used_at)
            for held in self._held.values()
            if held.adapter.computes_here
        )
