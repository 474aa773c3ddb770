"""Where each row of a finished generation really ends, and what ended it; padding never counts."""

from typing import Any

import torch
from transformers import GenerationConfig
from transformers.generation.stopping_criteria import StopStringCriteria

from core.engine.row_end import END_OF_SEQUENCE, LENGTH, STOP_STRING, RowEnd
from core.results.observed import TIME_LIMIT


def row_ends(
    sequences: torch.Tensor, prompt_tokens: int, config: GenerationConfig, tokenizer: Any
) -> tuple[RowEnd, ...]:
    """The end of each row of (batch, prompt + new tokens), padded after rows that ended early."""
    whole = sequences.shape[1] - prompt_tokens
    by_string = _stop_string_ends(sequences, prompt_tokens, config, tokenizer)
    stops = config.eos_token_id
    ends = {stops} if isinstance(stops, int) else set(stops or ())
    reason = LENGTH if whole == config.max_new_tokens else TIME_LIMIT
    found = []
    for row, to_string in zip(sequences[:, prompt_tokens:].tolist(), by_string, strict=True):
        to_end = next((i + 1 for i, token in enumerate(row) if token in ends), None)
        candidates = [
            RowEnd(count, why)
            for count, why in ((to_string, STOP_STRING), (to_end, END_OF_SEQUENCE))
            if count is not None
        ]
        found.append(min(candidates, key=lambda e: e.new_tokens, default=RowEnd(whole, reason)))
    return tuple(found)


def _stop_string_ends(
    sequences: torch.Tensor, prompt_tokens: int, config: GenerationConfig, tokenizer: Any
) -> list[int | None]:
    """New tokens of each row up to the one that completes a stop string; None where none does."""
    rows, length = sequences.shape
    counts: list[int | None] = [None] * rows
    if not config.stop_strings:
        return counts
    criterion = StopStringCriteria(tokenizer, config.stop_strings)
    for end in range(length, prompt_tokens, -1):
        for row, met in enumerate(criterion(sequences[:, :end], None).tolist()):
            counts[row] = end - prompt_tokens if met else counts[row]
    return counts
