"""Two variants in memory at once: refuses two that do not fit together before either is loaded."""

from collections.abc import Sequence
from dataclasses import replace

from core.engine.device import Device
from core.engine.model_cache import ModelCache
from core.errors import OutOfMemory
from core.variants.footprint import Footprint
from core.variants.spec import VariantSpec


def refuse_what_cannot_fit_together(
    needs: tuple[Footprint | None, Footprint | None],
    variants: tuple[VariantSpec, VariantSpec],
    stay: Sequence[VariantSpec],
    cache: ModelCache,
    device: Device,
) -> None:
    """Raise OutOfMemory where the two sides' needs exceed what is free and what can be freed, that
    is all but what must `stay`. A variant of both sides is loaded once; both keep their caches,
    and only one at a time computes.
    """
    a, b = needs
    if a is None or b is None:
        return
    if variants[0] == variants[1]:
        b = replace(b, weights_bytes=0)
    activations = max(a.activation_bytes, b.activation_bytes)
    needed = a.total_bytes + b.total_bytes - min(a.activation_bytes, b.activation_bytes)
    free = device.free_bytes() + cache.others_bytes(*stay)
    if needed > free:
        raise OutOfMemory(
            f"Both variants must be in memory together, which needs {needed / 1e9:.2f} GB "
            f"({_part('A', a)}; {_part('B', b)}; activations about {activations / 1e9:.2f}); "
            f"{free / 1e9:.2f} GB are free.",
            needed_bytes=needed,
            free_bytes=free,
        )


def _part(side: str, need: Footprint) -> str:
    weights, cache = need.weights_bytes / 1e9, need.kv_cache_bytes / 1e9
    return f"{side}: weights {weights:.2f}, KV cache {cache:.2f}"
