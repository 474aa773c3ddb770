"""How many words make up a prompt of a length in tokens, by asking the server what it reads."""

from collections.abc import Awaitable, Callable, Mapping

from core.engine.adapters.endpoint.prompts import Prompts
from core.errors import RequestError

MOST_TRIES = 4
# A prompt that is farther off is not the one that was asked for.
FEW_TOKENS = 2
SMALL_SHARE = 0.05


async def fit_words(prompts: Prompts, wanted: int, read_next: Callable[[], Awaitable[int]]) -> int:
    """Choose how many words make up the wanted tokens, and give those that the server reads of
    them. Raises RequestError where they are not about as many as were asked for.
    """
    tried: dict[int, int] = {}
    while prompts.words not in tried and len(tried) < MOST_TRIES:
        tried[prompts.words] = await read_next()
        prompts.words = _next_words(tried, wanted)
    prompts.words = min(tried, key=lambda words: abs(tried[words] - wanted))
    read = tried[prompts.words]
    if abs(read - wanted) > max(FEW_TOKENS, SMALL_SHARE * wanted):
        raise _far_off(prompts.words, read, wanted)
    return read


def _next_words(tried: Mapping[int, int], wanted: int) -> int:
    """The words to try next, along the line through the last two tries; a word is one token as long
    as there is only one. Those of the last try where it was right.
    """
    *before, (words, read) = tried.items()
    slope = 1.0
    if before:
        slope = (read - before[-1][1]) / (words - before[-1][0])
    return max(1, words + round((wanted - read) / (slope if slope > 0 else 1.0)))


def _far_off(words: int, read: int, wanted: int) -> RequestError:
    if words == 1:
        reason = "the server reads more even in a single word, its chat template included."
        return RequestError("prompt_tokens", wanted, reason, (f"whole numbers from {read}",))
    reason = f"no number of words was found that the server reads so; {words} are {read} tokens."
    return RequestError("prompt_tokens", wanted, reason, (str(read),))
