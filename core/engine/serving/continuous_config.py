"""What is asked of transformers' continuous batching.

The variant's own attention, where it would by itself take FlashAttention if that is installed; no
prefix shared between prompts; and steps one after the other without graphs, so that each step's
time is its own. As many rows at once as the policy allows, and room in the cache for all of them.
"""

import dataclasses
from typing import Any

from transformers import GenerationConfig
from transformers.generation.configuration_utils import ContinuousBatchingConfig

from core.engine.serving.batches import NO_TOKEN
from core.variants.load_order import StepRange

PAGE_TOKENS = 64
MOST_STEP_TOKENS = 4096
OPTIONS = {option.name for option in dataclasses.fields(ContinuousBatchingConfig)}
MAY_KEEP_ATTENTION = "auto_switch_to_flash" in OPTIONS
"""Versions without that option leave alone only what is a `paged|` implementation already."""


def greedy(padding: int) -> GenerationConfig:
    """Nothing is sampled, and no token ends an answer."""
    return GenerationConfig(do_sample=False, eos_token_id=NO_TOKEN, pad_token_id=padding)


def continuous_config(sizes: StepRange) -> ContinuousBatchingConfig:
    """Settings for requests within that range; those that a version does not know are its own."""
    pages = -(-(sizes.longest_prompt + sizes.longest_answer) // PAGE_TOKENS) + 1
    most_tokens = min(sizes.most_rows * sizes.longest_prompt, MOST_STEP_TOKENS)
    chosen: dict[str, Any] = {
        "page_size" if "page_size" in OPTIONS else "block_size": PAGE_TOKENS,
        "num_blocks": sizes.most_rows * pages,
        "max_batch_tokens": max(sizes.longest_prompt, sizes.most_rows, most_tokens),
        "max_requests_per_batch": sizes.most_rows,
        "allow_block_sharing": False,
        "safety_margin": 0.0,
        "use_async_batching": False,
        "use_cuda_graph": False,
        "auto_switch_to_flash": False,
    }
    return ContinuousBatchingConfig(**{k: v for k, v in chosen.items() if k in OPTIONS})
