"""Scores a text with a loaded variant: what it gave each next token, and bits per byte.

Runs after everything that is timed and never compiles: texts of many lengths would compile a graph
each, and what a graph rounds otherwise is not what a lever costs in quality. Knows no reference
and no task.
"""

from typing import Any, cast

import torch

from core.engine.divergence import Encoded, LogProbabilities
from core.engine.loader import Loaded


def encode(tokenizer: Any, text: str, most_tokens: int | None = None) -> Encoded:
    """Token ids with the tokenizer's usual special ones, at most so many."""
    if not tokenizer.is_fast:
        return Encoded(list(tokenizer(text)["input_ids"][:most_tokens]), None)
    marked = tokenizer(text, return_offsets_mapping=True)
    ends = [end for _, end in marked["offset_mapping"][:most_tokens]]
    scored = text[ends[0] : max(ends)] if ends else ""
    return Encoded(list(marked["input_ids"][:most_tokens]), len(scored.encode()))


def context_of(loaded: Loaded, most_tokens: int) -> int:
    """How many tokens to read at once: the model's context, but no more than so many."""
    return min(most_tokens, getattr(loaded.model.config, "max_position_embeddings", most_tokens))


def log_probabilities(loaded: Loaded, ids: list[int]) -> LogProbabilities:
    """Of each token that may follow each id but the last: (ids - 1, vocabulary), fp32, CPU."""
    with torch.inference_mode():
        batch = torch.tensor([ids], device=loaded.model.device)
        logits = loaded.plain_forward(input_ids=batch, use_cache=False).logits[0, :-1]
        return cast(LogProbabilities, logits.float().log_softmax(dim=-1).cpu().numpy())
