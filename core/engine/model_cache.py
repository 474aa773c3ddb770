"""The loaded variants of one worker, within a budget in bytes.

Room is made *before* the next variant is loaded, least recently used first, so that two models
are never in memory at once for want of care.
"""

import os
import time
from collections.abc import Callable

from core.engine.compiling import forget_compiled
from core.engine.device import Device
from core.engine.loader import Loaded
from core.variants.compilation import Compilation
from core.variants.spec import VariantSpec

BUDGET_SHARE = 0.6
BUDGET_VARIABLE = "TRADEOFFS_CACHE_BYTES"
STUCK_BYTES = 1_000_000_000


class ModelCache:
    """Variant id -> loaded variant. Not thread-safe: the worker's main thread alone uses it."""

    def __init__(self, device: Device, changed: Callable[[], None]) -> None:
        self.budget_bytes = _budget(device)
        self.loaded: dict[str, Loaded] = {}
        self._device = device
        self._changed = changed

    def get(self, variant: VariantSpec) -> Loaded | None:
        """The loaded variant, marked as just used; None where it is not resident."""
        found = self.loaded.get(variant.id)
        if found:
            found.used_at = time.monotonic()
        return found

    def put(self, loaded: Loaded) -> None:
        """Keep a variant that has just been loaded."""
        self.loaded[loaded.variant.id] = loaded
        self._changed()

    def drop(self, variant_id: str) -> None:
        """Free one variant; does nothing where it is not resident."""
        if self.loaded.pop(variant_id, None) is not None:
            self._free()

    def clear(self) -> None:
        """Free everything."""
        self.loaded.clear()
        self._free()

    def make_room(
        self,
        variant: VariantSpec,
        weights_bytes: int,
        run_bytes: int,
        in_use: tuple[VariantSpec, ...] = (),
    ) -> None:
        """Evict others until the variant fits the budget, and its run the free memory; never what
        is in use, whose memory would not come back.

        `weights_bytes` is what is still to be loaded: 0 for a variant that is resident.
        """
        stay = (variant, *in_use)
        while others := [e for e in self.loaded.values() if e.variant not in stay]:
            over_budget = weights_bytes and self.resident_bytes + weights_bytes > self.budget_bytes
            over_memory = weights_bytes + run_bytes > self._device.free_bytes()
            if not over_budget and not over_memory:
                return
            self.drop(min(others, key=lambda entry: entry.used_at).variant.id)

    @property
    def resident_bytes(self) -> int:
        """Weights of everything that is loaded."""
        return sum(entry.weights_bytes for entry in self.loaded.values())

    def others_bytes(self, *variants: VariantSpec) -> int:
        """Weights of everything but those variants."""
        return sum(e.weights_bytes for e in self.loaded.values() if e.variant not in variants)

    def stuck_bytes(self) -> int:
        """Memory in use beyond what is resident, where it is too much to go on with; else 0."""
        excess = self._device.used_bytes() - self.resident_bytes
        return excess if excess > STUCK_BYTES else 0

    def _free(self) -> None:
        if not any(e.variant.compile is not Compilation.OFF for e in self.loaded.values()):
            forget_compiled()
        self._device.release()
        self._changed()


def _budget(device: Device) -> int:
    chosen = os.environ.get(BUDGET_VARIABLE)
    return int(chosen) if chosen else int(device.free_bytes() * BUDGET_SHARE)
