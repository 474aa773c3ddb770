"""Whether keys and values of earlier tokens are kept, or computed anew at each step."""

from dataclasses import dataclass
from enum import StrEnum


class KVCache(StrEnum):
    """KV cache on or off."""

    ON = "on"
    OFF = "off"


@dataclass(frozen=True)
class KVCacheRow:
    """What the menu says of a choice."""

    label: str
    summary: str


KV_CACHES: dict[KVCache, KVCacheRow] = {
    KVCache.ON: KVCacheRow(
        "on",
        "Each step reads the stored keys and values and computes one token. "
        "Grows as it goes; with torch.compile it is allocated whole (static).",
    ),
    KVCache.OFF: KVCacheRow(
        "off", "Each step computes the whole text again: no cache memory, far more work."
    ),
}
