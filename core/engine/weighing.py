"""Weighs a run: memory and its parts, forward passes, what really ran, and what it generated."""

from dataclasses import dataclass

from core.engine.effective import effective_settings
from core.engine.generate import Generation
from core.engine.instruments import ForwardCounter
from core.engine.memory import memory_pass
from core.engine.model_cache import ModelCache
from core.engine.profile import profile_forward
from core.engine.timing import Timed
from core.results.measured import ForwardPasses, Memory, Output
from core.results.observed import Effective


@dataclass(frozen=True)
class Weighed:
    """What is read of a run outside every timer."""

    memory: Memory
    effective: Effective
    passes: ForwardPasses
    output: Output


def weigh(
    generation: Generation, timed: Timed, cache: ModelCache, beside_bytes: int = 0
) -> Weighed:
    """Generate once more and weigh it, after the timed part. Of what is in memory beside it, other
    variants' weights are subtracted, and `beside_bytes`.
    """
    longest = max(len(times) for times in timed.samples.token_s)
    profile = profile_forward(generation, longest)
    used = [generation.loaded, *([generation.draft] if generation.draft else [])]
    others = beside_bytes + cache.others_bytes(*(loaded.variant for loaded in used))
    with ForwardCounter(generation.loaded) as own, ForwardCounter(generation.draft) as drafts:
        done = memory_pass(generation, others, profile.activation_bytes)
    output = generation.describe(done.sequences)
    return Weighed(
        memory=done.memory,
        effective=effective_settings(
            generation, done.sequences, done.cache, profile, timed.compiled
        ),
        passes=_counted(generation, own, drafts, output),
        output=output,
    )


def _counted(
    generation: Generation, own: ForwardCounter, drafts: ForwardCounter, output: Output
) -> ForwardPasses:
    """Each checking pass gives the guesses that were right and one token more."""
    count = len(own.passes)
    guesses = generation.guesses
    read = sum(tokens for _, tokens in own.passes)
    return ForwardPasses(
        count=count,
        computed_tokens=sum(rows * tokens for rows, tokens in own.passes),
        draft_count=len(drafts.passes),
        proposed=read - output.prompt_tokens - (count - 1) if guesses else None,
        accepted=output.new_tokens[0] - count if guesses else None,
    )
