"""Counted forward passes of a sample result."""

from core.results.types import ForwardPasses
from core.variants.decoding import Decoding
from core.variants.spec import RunSpec


def passes_of(spec: RunSpec, prompt_tokens: int = 9) -> ForwardPasses:
    """One pass per token with a cache, or, where tokens are guessed, one right guess in each."""
    workload = spec.workload
    tokens, guessed = workload.max_new_tokens, workload.draft_tokens
    prompt_tokens = workload.prompt_tokens or prompt_tokens
    if workload.decoding is Decoding.GREEDY:
        read = prompt_tokens + tokens - 1
        return ForwardPasses(count=tokens, computed_tokens=workload.batch_size * read)
    count = (tokens + 1) // 2
    return ForwardPasses(
        count=count,
        computed_tokens=prompt_tokens + count * (1 + guessed),
        draft_count=count * guessed if workload.draft_model else 0,
        proposed=count * guessed,
        accepted=tokens - count,
    )
