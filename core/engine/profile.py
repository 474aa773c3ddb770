"""Watches a prefill and one decode step: which attention kernels run, and what a pass holds.

A pass of its own, uncompiled and outside every timer: a profiler slows what it watches.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile

from core.engine.generate import Generation

MEMORY_EVENT = "[memory]"
KERNEL_MARKS = ("_scaled_dot_product", "flash_attn", "flex_attention")


@dataclass(frozen=True)
class ForwardProfile:
    """`attention_kernels` are operators without their namespace; empty for eager attention.
    `activation_bytes` is the most that the prefill held beyond the weights.
    """

    attention_kernels: tuple[str, ...]
    activation_bytes: int
    compute_dtype: str


def profile_forward(generation: Generation) -> ForwardProfile:
    """Profile the prompt's pass, and one token's where keys and values are kept."""
    inputs, activities = generation.inputs, [ProfilerActivity.CPU]
    with torch.inference_mode():
        with profile(activities=activities, profile_memory=True) as prefill:
            output = _forward(generation, inputs.input_ids, inputs.attention_mask, None)
        kernels = _attention_kernels(prefill)
        cache = generation.empty_cache()
        if cache is not None:
            _forward(generation, inputs.input_ids, inputs.attention_mask, cache)
            one = inputs.input_ids[:, -1:]
            mask = torch.cat([inputs.attention_mask, torch.ones_like(one)], dim=1)
            with profile(activities=activities) as step:
                _forward(generation, one, mask, cache)
            kernels |= _attention_kernels(step)
    return ForwardProfile(
        attention_kernels=tuple(sorted(kernels)),
        activation_bytes=_most_held(prefill, generation.device.torch_device.type),
        compute_dtype=str(output.logits.dtype).removeprefix("torch."),
    )


def _forward(generation: Generation, ids: torch.Tensor, mask: torch.Tensor, cache: Any) -> Any:
    return generation.loaded.plain_forward(
        input_ids=ids,
        attention_mask=mask,
        past_key_values=cache,
        use_cache=cache is not None,
        logits_to_keep=1,
    )


def _attention_kernels(watched: profile) -> set[str]:
    names = {event.key for event in watched.key_averages()}
    return {
        name.rpartition("::")[2] for name in names if any(mark in name for mark in KERNEL_MARKS)
    }


def _most_held(watched: profile, device_type: str) -> int:
    """The highest sum of what was allocated and not yet freed, in bytes."""
    events: Any = watched.profiler.kineto_results.events()  # type: ignore[union-attr]
    wanted = [e for e in events if e.name() == MEMORY_EVENT and _is_on(e, device_type)]
    held = highest = 0
    for event in sorted(wanted, key=lambda event: event.start_ns()):
        held += event.nbytes()
        highest = max(highest, held)
    return highest


def _is_on(event: Any, device_type: str) -> bool:
    return str(event.device_type()).rpartition(".")[2].lower() == device_type
