"""Opens the adapter of an engine. Each is imported only in the worker that is started for it."""

from core.engine.adapters.adapter import Adapter
from core.variants.engine import Engine
from core.variants.kv_cache import KVCache
from core.variants.spec import VariantSpec


def open_adapter(variant: VariantSpec, cache: KVCache) -> Adapter:
    """The adapter for that variant, nothing loaded yet; `cache` matters to an engine that loads for
    one kind alone.
    """
    match variant.engine:
        case Engine.OPENAI:
            from core.engine.adapters.endpoint.endpoint import EndpointAdapter

            return EndpointAdapter(variant)
        case Engine.LLAMA_CPP:
            from core.engine.adapters.llama_cpp.llama import LlamaCppAdapter

            return LlamaCppAdapter(variant)
        case Engine.OPENVINO:
            from core.engine.adapters.openvino.adapter import OpenVinoAdapter

            return OpenVinoAdapter(variant, cache)
        case _:
            raise NotImplementedError(f"{variant.engine} has no adapter")
