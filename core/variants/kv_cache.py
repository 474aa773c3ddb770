"""Whether keys and values of earlier tokens are kept, or computed anew at each step."""

from enum import StrEnum

from core.variants.choice import Choice


class KVCache(StrEnum):
    """KV cache on or off."""

    ON = "on"
    OFF = "off"


KV_CACHES: dict[KVCache, Choice] = {
    KVCache.ON: Choice(
        "on",
        "Each step reads the stored keys and values and computes one token. "
        "Grows as it goes; with torch.compile it is allocated whole (static).",
    ),
    KVCache.OFF: Choice(
        "off", "Each step computes the whole text again: no cache memory, far more work."
    ),
}
