"""Measures memory in a pass of its own: the peak of one generation, and its parts."""

from dataclasses import dataclass
from typing import Any

import torch

from core.engine.device import CpuDevice
from core.engine.generate import Generation
from core.engine.kv_caches import cache_bytes
from core.engine.peak import peak_resident_set
from core.results.measured import Memory


@dataclass(frozen=True)
class MemoryPass:
    """The memory of one generation, its sequences, and its cache as it was left."""

    memory: Memory
    sequences: torch.Tensor
    cache: Any


def memory_pass(
    generation: Generation, others_bytes: int, activation_bytes: int | None = None
) -> MemoryPass:
    """Generate once and weigh it; `others_bytes` are of variants that are resident too, and
    `activation_bytes` what a profiled pass held for itself.
    """
    generation.device.release()
    if isinstance(generation.device, CpuDevice):
        with peak_resident_set() as peak:
            sequences, cache = generation.run_with_cache()
        total, runtime = peak.bytes, generation.device.runtime_bytes
        reserved, method = None, peak.method
    else:
        sequences, cache, reserved = _on_cuda(generation)
        total, runtime, method = reserved, None, "the most that PyTorch's allocator reserved"
    parts = _parts(generation, cache, activation_bytes, runtime)
    total -= others_bytes
    memory = Memory(
        **parts,
        rest_bytes=total - sum(part or 0 for part in parts.values()),
        peak_bytes=total,
        reserved_bytes=reserved,
        other_variants_bytes=others_bytes,
        method=method,
    )
    return MemoryPass(memory, sequences, cache)


def _parts(
    generation: Generation, cache: Any, activation_bytes: int | None, runtime_bytes: int | None
) -> dict[str, int | None]:
    loaded, draft = generation.loaded, generation.draft
    return {
        "weights_bytes": loaded.weights_bytes,
        "kv_cache_bytes": cache_bytes(cache, generation.device.torch_device),
        "draft_bytes": draft.weights_bytes if draft else None,
        "activation_bytes": activation_bytes,
        "graph_bytes": loaded.graph_bytes or None,
        "runtime_bytes": runtime_bytes,
    }


def _on_cuda(generation: Generation) -> tuple[torch.Tensor, Any, int]:
    device = generation.device.torch_device
    torch.cuda.reset_peak_memory_stats(device)
    sequences, cache = generation.run_with_cache()
    generation.device.synchronise()
    return sequences, cache, int(torch.cuda.max_memory_reserved(device))
