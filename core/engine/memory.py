"""Measures memory in a pass of its own: the peak of one generation, and its parts."""

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from core.engine.device import CpuDevice, resident_set_bytes
from core.engine.generate import Generation
from core.results.types import Memory

SAMPLE_S = 0.002


def memory_pass(generation: Generation, others_bytes: int) -> tuple[Memory, Any]:
    """The memory of one generation, and its output with the cache still in it."""
    if isinstance(generation.device, CpuDevice):
        return _on_cpu(generation, generation.device, others_bytes)
    return _on_cuda(generation, others_bytes)


def _on_cpu(generation: Generation, device: CpuDevice, others: int) -> tuple[Memory, Any]:
    device.release()
    with _peak_resident_set() as peak:
        output = generation.run(keep_cache=True)
    weights, cache = generation.loaded.weights_bytes, cache_bytes(output)
    total = peak.bytes - others
    return (
        Memory(
            weights_bytes=weights,
            kv_cache_bytes=cache,
            runtime_bytes=device.runtime_bytes,
            rest_bytes=total - weights - cache - device.runtime_bytes,
            peak_bytes=total,
            other_variants_bytes=others,
            method=peak.method,
        ),
        output,
    )


def _on_cuda(generation: Generation, others: int) -> tuple[Memory, Any]:
    device = generation.device.torch_device
    generation.device.release()
    torch.cuda.reset_peak_memory_stats(device)
    output = generation.run(keep_cache=True)
    generation.device.synchronise()
    weights, cache = generation.loaded.weights_bytes, cache_bytes(output)
    total = int(torch.cuda.max_memory_allocated(device)) - others
    return (
        Memory(
            weights_bytes=weights,
            kv_cache_bytes=cache,
            rest_bytes=total - weights - cache,
            peak_bytes=total,
            reserved_bytes=int(torch.cuda.max_memory_reserved(device)),
            other_variants_bytes=others,
            method="peak allocated by PyTorch's caching allocator",
        ),
        output,
    )


def cache_bytes(output: Any) -> int:
    """Bytes of all keys and values of a generation's cache; 0 where there is none."""
    cache = getattr(output, "past_key_values", None)
    layers = getattr(cache, "layers", ())
    tensors = [getattr(layer, name, None) for layer in layers for name in ("keys", "values")]
    return sum(t.untyped_storage().nbytes() for t in tensors if isinstance(t, torch.Tensor))


class _Peak:
    """The highest resident set so far, in bytes, and how it was found."""

    def __init__(self) -> None:
        self.bytes = 0
        self.method = ""


@contextlib.contextmanager
def _peak_resident_set() -> Iterator[_Peak]:
    """The kernel's own high-water mark where it can be reset, else samples of the resident set."""
    peak = _Peak()
    status = Path(f"/proc/{os.getpid()}/status")
    reset = Path(f"/proc/{os.getpid()}/clear_refs")
    try:
        reset.write_text("5")
    except OSError:
        peak.method = f"resident set, sampled each {SAMPLE_S * 1000:.0f} ms"
        with _sampling(peak):
            yield peak
        return
    peak.method = "the kernel's high-water mark of the resident set"
    yield peak
    marks = [line for line in status.read_text().splitlines() if line.startswith("VmHWM:")]
    peak.bytes = int(marks[0].split()[1]) * 1024


@contextlib.contextmanager
def _sampling(peak: _Peak) -> Iterator[None]:
    stop = threading.Event()

    def sample() -> None:
        while not stop.wait(SAMPLE_S):
            peak.bytes = max(peak.bytes, resident_set_bytes())

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        peak.bytes = max(peak.bytes, resident_set_bytes())
