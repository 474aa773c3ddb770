"""The cache of keys and values that a generation is given, and what it takes."""

from typing import Any

from transformers import DynamicCache, QuantizedCache, StaticCache

from core.engine.loader import Loaded
from core.engine.weights import plain_tensors, storage_bytes
from core.variants.kv_cache import KV_CACHES, KVCache

LAYER_TENSORS = ("keys", "values", "_quantized_keys", "_quantized_values")


class CacheMaker:
    """Makes the cache for each generation of one shape; a static one is made once and emptied,
    since compiled graphs know its addresses.
    """

    def __init__(self, loaded: Loaded, kind: KVCache, batch_size: int, length: int) -> None:
        self._loaded = loaded
        self._kind = kind
        self._shape = (batch_size, length)
        self._static: StaticCache | None = None

    def make(self) -> Any:
        """An empty cache; None where none is kept."""
        config = self._loaded.model.config
        if self._kind is KVCache.OFF:
            return None
        if self._kind is KVCache.STATIC:
            return self._emptied_static()
        backend = KV_CACHES[self._kind].backend
        if backend:
            return QuantizedCache(backend, config)
        return DynamicCache(config=config, offloading=self._kind is KVCache.OFFLOADED)

    @property
    def kept_bytes(self) -> int:
        """What stays in memory between two generations: a static cache, and no other."""
        return cache_bytes(self._static, self._loaded.model.device)

    def _emptied_static(self) -> StaticCache:
        if self._static is None:
            self._static = self._early_initialised()
        self._static.reset()
        return self._static

    def _early_initialised(self) -> StaticCache:
        """Allocated before the first token: a layer that allocates itself while a graph is traced
        would be a reason to compile again.
        """
        model = self._loaded.model
        batch_size, length = self._shape
        text = model.config.get_text_config(decoder=True)
        heads = getattr(text, "num_key_value_heads", None) or text.num_attention_heads
        head_dim = getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads
        cache = StaticCache(config=model.config, max_cache_len=length)
        cache.early_initialization(batch_size, heads, head_dim, model.dtype, model.device)
        return cache


def cache_class(cache: Any) -> str | None:
    """The cache's class, with that of its layers; None where there is no cache."""
    if cache is None:
        return None
    layers = {type(layer).__name__ for layer in getattr(cache, "layers", ())}
    offloaded = ", offloaded" if getattr(cache, "offloading", False) else ""
    return f"{type(cache).__name__} ({', '.join(sorted(layers))}{offloaded})"


def cache_bytes(cache: Any, device: Any) -> int:
    """Bytes of keys and values on that device, scales included; 0 where there is no cache."""
    layers = getattr(cache, "layers", ())
    held = [getattr(layer, name, None) for layer in layers for name in LAYER_TENSORS]
    return storage_bytes(tensor for tensor in plain_tensors(held) if tensor.device == device)
