"""Watches a prefill and one decode step: which attention kernels run, and what a pass holds.

A pass of its own, uncompiled and outside every timer: a profiler slows what it watches.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile

from core.engine.generate import Generation

ACTIVITIES = [ProfilerActivity.CPU]
MEMORY_EVENT = "[memory]"
KERNEL_MARKS = ("_scaled_dot_product", "flash_attn", "flex_attention")


@dataclass(frozen=True)
class ForwardProfile:
    """`attention_kernels` are operators without their namespace; empty for eager attention.
    `activation_bytes` is the most that the largest pass held beyond the weights: the prompt's, or
    without a cache the last one's.
    """

    attention_kernels: tuple[str, ...]
    activation_bytes: int
    compute_dtype: str


def profile_forward(generation: Generation, new_tokens: int) -> ForwardProfile:
    """Profile the largest pass of a generation of so many tokens, and the passes of the prompt and
    of one token with the cache as it is kept.
    """
    ids, mask = generation.inputs.input_ids, generation.inputs.attention_mask
    cache = generation.empty_cache()
    with torch.inference_mode():
        if cache is None:
            ids, mask = _longer(ids, new_tokens - 1), _longer(mask, new_tokens - 1)
        with profile(activities=ACTIVITIES, profile_memory=True) as largest:
            output = _forward(generation, ids, mask, None)
        kernels = _attention_kernels(largest) if cache is None else _kernels(generation, cache)
    return ForwardProfile(
        attention_kernels=tuple(sorted(kernels)),
        activation_bytes=_most_held(largest, generation.device.torch_device.type),
        compute_dtype=str(output.logits.dtype).removeprefix("torch."),
    )


def _kernels(generation: Generation, cache: Any) -> set[str]:
    """Those of the prompt's pass and of one token's: a cache decides whether there is a mask."""
    ids, mask = generation.inputs.input_ids, generation.inputs.attention_mask
    with profile(activities=ACTIVITIES) as both:
        _forward(generation, ids, mask, cache)
        _forward(generation, ids[:, -1:], _longer(mask, 1), cache)
    return _attention_kernels(both)


def _longer(rows: torch.Tensor, columns: int) -> torch.Tensor:
    """Rows with their last column so many times more."""
    return torch.cat([rows, rows[:, -1:].expand(-1, columns)], dim=1)


def _forward(generation: Generation, ids: torch.Tensor, mask: torch.Tensor, cache: Any) -> Any:
    return generation.loaded.plain_forward(
        input_ids=ids,
        attention_mask=mask,
        past_key_values=cache,
        use_cache=cache is not None,
        logits_to_keep=1,
    )


def _attention_kernels(watched: profile) -> set[str]:
    # Not by key_averages(), which takes two seconds to build a tree that nobody reads.
    names = {event.name() for event in _events(watched)}
    return {
        name.rpartition("::")[2] for name in names if any(mark in name for mark in KERNEL_MARKS)
    }


def _events(watched: profile) -> Any:
    """All that was recorded, as the profiler has it."""
    return watched.profiler.kineto_results.events()  # type: ignore[union-attr]


def _most_held(watched: profile, device_type: str) -> int:
    """The highest sum of what was allocated and not yet freed, in bytes."""
    wanted = [e for e in _events(watched) if e.name() == MEMORY_EVENT and _is_on(e, device_type)]
    held = highest = 0
    for event in sorted(wanted, key=lambda event: event.start_ns()):
        held += event.nbytes()
        highest = max(highest, held)
    return highest


def _is_on(event: Any, device_type: str) -> bool:
    return str(event.device_type()).rpartition(".")[2].lower() == device_type
