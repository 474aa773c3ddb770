"""What really runs, read from the loaded model and from the output of a run."""

import json
from pathlib import Path
from typing import Any

from core.engine.compiling import CompileCounts, compile_counts
from core.engine.device import Device
from core.engine.loader import Loaded, quantised_modules, weight_bytes_by_dtype
from core.engine.random_weights import MARK
from core.results.types import Effective
from core.variants.weights import BORROWED, Weights


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
        **origin_of(loaded.folder),
    )


def origin_of(folder: Path) -> dict[str, Any]:
    """What the folder of a model tells of its weights: whether they are random, the commit of a
    snapshot of the hub's cache, and the tokenizer where it is not the model's own.
    """
    revision = folder.name if folder.parent.name == "snapshots" else None
    mark = folder / MARK
    if not mark.exists():
        return {"weights": Weights.TRAINED, "revision": revision, "tokenizer": None}
    own = json.loads(mark.read_text(encoding="utf-8"))["own_tokenizer"]
    return {"weights": Weights.RANDOM, "revision": None, "tokenizer": None if own else BORROWED}


def _attention_class(model: Any) -> str:
    """The class of the first attention module, as its authors name it."""
    names = (type(module).__name__ for module in model.modules())
    return next((name for name in names if name.endswith("Attention")), "unknown")
