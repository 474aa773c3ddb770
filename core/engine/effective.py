"""What really runs, read from the loaded model and from the output of a run."""

import json
from pathlib import Path
from typing import Any

import torch

from core.engine.compiling import CompileCounts, compile_counts, compiled_parts
from core.engine.generate import Generation
from core.engine.kv_caches import cache_class
from core.engine.loader import Loaded
from core.engine.profile import ForwardProfile
from core.engine.random_weights import MARK
from core.engine.weights import module_groups, quantised_modules, weight_bytes_by_dtype
from core.results.observed import Effective
from core.variants.compilation import Compilation
from core.variants.weights import BORROWED, Weights


def effective_settings(
    generation: Generation,
    sequences: torch.Tensor,
    cache: Any,
    profile: ForwardProfile,
    while_timed: CompileCounts,
) -> Effective:
    """Settings of the model in memory, of one generation's output, and of a profiled pass."""
    loaded, draft = generation.loaded, generation.draft
    return Effective(
        device=str(loaded.model.device),
        attention=str(loaded.model.config._attn_implementation),
        attention_class=_attention_class(loaded.model),
        attention_kernels=profile.attention_kernels,
        dtype_bytes=weight_bytes_by_dtype(loaded.model),
        compute_dtype=profile.compute_dtype,
        quantised_modules=quantised_modules(loaded.model),
        modules=module_groups(loaded.model),
        cache_class=cache_class(cache),
        decoding=generation.workload.decoding,
        draft=str(draft.variant.model) if draft else None,
        stopped_by=generation.stopped_by(sequences),
        recompiles_while_timed=while_timed.graphs,
        threads=generation.device.threads(),
        **_what_was_compiled(loaded),
        **origin_of(loaded.folder),
    )


def _what_was_compiled(loaded: Loaded) -> dict[str, Any]:
    """Compiled modules, and what the compiler counted since the variant was loaded."""
    counts = compile_counts().since(loaded.counts_before)
    compiled = loaded.variant.compile is not Compilation.OFF
    return {
        "compiled_parts": compiled_parts(loaded.model),
        "compile_backend": loaded.variant.compile_backend if compiled else None,
        "compile_mode": loaded.variant.compile_mode if compiled else None,
        "compiled_graphs": counts.graphs,
        "graph_breaks": counts.breaks,
        "graphs_from_disk": counts.disk_hits,
    }


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
