"""An adapter of a server at an address, and what makes a workload ready on a scripted one."""

from collections.abc import Callable

from core.engine.adapters.endpoint.endpoint import EndpointAdapter
from core.engine.adapters.endpoint.runner import EndpointRunner
from core.variants.spec import VariantSpec

Start = Callable[..., EndpointRunner]


def adapter_of(address: str, model: str = "m") -> EndpointAdapter:
    """Of a model of the server at that address."""
    return EndpointAdapter(VariantSpec(engine="openai", endpoint=address, model=model))
