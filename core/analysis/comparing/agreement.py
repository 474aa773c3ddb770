"""Whether two runs generated the same: the first rows' tokens, position by position."""

from dataclasses import dataclass
from itertools import zip_longest

from core.results.types import RunResult
from core.variants.spec import StopRule
from core.variants.weights import Weights

RANDOM = "random weights have no text to agree on"
OTHER_PROMPT = "their texts answer different prompts"
OTHER_TOKENS = "their models may cut a text into other tokens"
NO_TOKENS = "nothing was generated"
UNTOLD = "a server tells texts, and no tokens"


@dataclass(frozen=True)
class Agreement:
    """The share of positions with the same token, from 0 to 1, and the positions, from 0, of the
    others. Positions beyond the end of a text that stopped early differ; those beyond the shorter
    of two fixed lengths were not asked of both, and do not count.
    """

    share: float
    differing: tuple[int, ...]


def agreement_of(a: RunResult, b: RunResult) -> Agreement | str:
    """How far the two agree, or the reason why that cannot be told."""
    if Weights.RANDOM in (a.spec.variant.weights, b.spec.variant.weights):
        return RANDOM
    if a.endpoint or b.endpoint:
        return UNTOLD
    if _prompt(a) != _prompt(b):
        return OTHER_PROMPT
    if not _same_tokens(a, b):
        return OTHER_TOKENS
    ours, theirs = a.output.token_ids, b.output.token_ids
    if not _must_be_as_long(a, b):
        shorter = min(len(ours), len(theirs))
        ours, theirs = ours[:shorter], theirs[:shorter]
    pairs = list(zip_longest(ours, theirs))
    if not pairs:
        return NO_TOKENS
    differing = tuple(place for place, (one, other) in enumerate(pairs) if one != other)
    return Agreement(1 - len(differing) / len(pairs), differing)


def _prompt(run: RunResult) -> tuple[object, ...]:
    """What the first row continues."""
    workload = run.spec.workload
    seed = workload.seed if workload.prompt_tokens is not None else None
    first_row = run.output.prompt_lengths[:1] or (run.output.prompt_tokens,)
    return workload.prompt, workload.prompt_tokens, seed, first_row


def _same_tokens(a: RunResult, b: RunResult) -> bool:
    """Whether a token's number means the same to both: of one model, or as far as both texts tell,
    of equal vocabularies.
    """
    if a.spec.variant.model == b.spec.variant.model:
        return True
    sizes = [run.model.vocabulary if run.model else None for run in (a, b)]
    texts = [dict(zip(x.output.token_ids, x.output.token_texts, strict=False)) for x in (a, b)]
    if sizes[0] is None or sizes[0] != sizes[1] or not all(texts):
        return False
    return all(texts[0][token] == texts[1][token] for token in set(texts[0]) & set(texts[1]))


def _must_be_as_long(a: RunResult, b: RunResult) -> bool:
    """Whether another length is another answer, and not what was asked for."""
    asked = {(run.spec.workload.max_new_tokens, run.spec.workload.max_length) for run in (a, b)}
    stops = {run.spec.workload.stop for run in (a, b)}
    return stops == {StopRule.NATURAL} and len(asked) == 1
