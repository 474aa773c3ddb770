"""How long rows are: prompts of mixed length, their padding, and where the output is capped."""

from core.errors import RequestError
from core.variants.spec import Workload


def row_lengths(workload: Workload, prompt_tokens: int) -> tuple[int, ...]:
    """Prompt tokens of each row, (batch,): all alike, or spread evenly from the shortest to the
    whole prompt of `prompt_tokens`.
    """
    rows, shortest = workload.batch_size, workload.shortest_prompt_tokens
    if shortest is None or rows == 1:
        return (prompt_tokens,) * rows
    step = (prompt_tokens - shortest) / (rows - 1)
    return tuple(round(shortest + row * step) for row in range(rows))


def padding_share(lengths: tuple[int, ...]) -> float:
    """Share of a padded batch of prompts that is padding, from 0 to below 1."""
    return 1 - sum(lengths) / (max(lengths) * len(lengths))


def new_tokens_cap(workload: Workload, prompt_tokens: int) -> int:
    """Most tokens that a row may generate after so many prompt tokens; below 1 where none may."""
    if workload.max_length is None:
        return workload.max_new_tokens
    return min(workload.max_new_tokens, workload.max_length - prompt_tokens)


def length_problems(
    workload: Workload, prompt_tokens: int, context: int | None
) -> list[RequestError]:
    """What is wrong with the lengths once the prompt has been counted; all in tokens."""
    field = "prompt" if workload.prompt is not None else "prompt_tokens"
    shortest, longest = workload.shortest_prompt_tokens, workload.max_length
    if shortest is not None and shortest > prompt_tokens:
        reason = f"it is longer than the whole prompt of {prompt_tokens} tokens."
        valid = (f"whole numbers from 1 to {prompt_tokens}",)
        return [RequestError("shortest_prompt_tokens", shortest, reason, valid)]
    if longest is not None and longest <= prompt_tokens:
        reason = f"the prompt alone has {prompt_tokens} tokens."
        valid = (f"whole numbers from {prompt_tokens + 1}",)
        return [RequestError("max_length", longest, reason, valid)]
    if context is None:
        return []
    new = new_tokens_cap(workload, prompt_tokens)
    if longest is not None and longest == prompt_tokens + new and prompt_tokens < context < longest:
        reason = f"the model's context holds {context} tokens."
        valid = (f"whole numbers from {prompt_tokens + 1} to {context}",)
        return [RequestError("max_length", longest, reason, valid)]
    return _over_context(field, prompt_tokens, new, context)


def _over_context(
    field: str, prompt_tokens: int, new_tokens: int, context: int
) -> list[RequestError]:
    """A problem where prompt and output together exceed the context."""
    if prompt_tokens >= context:
        reason = f"it has {prompt_tokens} tokens; the model's context holds {context}, output too."
        return [RequestError(field, f"{prompt_tokens} tokens", reason)]
    if prompt_tokens + new_tokens > context:
        room = context - prompt_tokens
        reason = (
            f"{prompt_tokens} prompt tokens and {new_tokens} new ones exceed the context "
            f"of {context}."
        )
        valid = (f"whole numbers from 1 to {room}",)
        return [RequestError("max_new_tokens", new_tokens, reason, valid)]
    return []
