"""What really runs, read from the loaded model and from the output of a run."""

from typing import Any

from core.engine.compiling import CompileCounts, compile_counts
from core.engine.device import Device
from core.engine.loader import Loaded, quantised_modules, weight_bytes_by_dtype
from core.results.types import Effective


def effective_settings(
    loaded: Loaded, output: Any, device: Device, while_timed: CompileCounts
) -> Effective:
    """Settings of the model in memory; `output` is a generation with its cache."""
    counts = compile_counts().since(loaded.counts_before)
    cache = getattr(output, "past_key_values", None)
    return Effective(
        device=str(loaded.model.device),
        attention=str(loaded.model.config._attn_implementation),
        attention_class=_attention_class(loaded.model),
        dtype_bytes=weight_bytes_by_dtype(loaded.model),
        quantised_modules=quantised_modules(loaded.model),
        cache_class=type(cache).__name__ if cache is not None else None,
        compiled_graphs=counts.graphs,
        graph_breaks=counts.breaks,
        graphs_from_disk=counts.disk_hits,
        recompiles_while_timed=while_timed.graphs,
        threads=device.threads(),
    )


def _attention_class(model: Any) -> str:
    """The class of the first attention module, as its authors name it."""
    names = (type(module).__name__ for module in model.modules())
    return next((name for name in names if name.endswith("Attention")), "unknown")
