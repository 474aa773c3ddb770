"""Prompts of synthetic tokens, in any number and length; made before anything is timed."""

from collections.abc import Iterable, Sequence

from core.engine.inputs import prompt_ids
from core.engine.loader import Loaded
from core.variants.spec import Workload

STRIDE = 31
"""How far apart neighbouring prompts begin: no two begin alike, so no cache can share them."""


class Prompts:
    """Cuts prompts out of one long row of drawn tokens."""

    def __init__(self, loaded: Loaded, longest: int, seed: int = 0) -> None:
        self._longest = longest
        drawn = Workload(prompt_tokens=2 * longest + 1000 * STRIDE, seed=seed)
        self._ids = prompt_ids(loaded.tokenizer, drawn, loaded.model.config.vocab_size)
        self._next = 0

    def take(self, tokens: int) -> list[int]:
        """Another prompt of so many tokens, at most the longest."""
        start = self._next * STRIDE % (len(self._ids) - self._longest)
        self._next += 1
        return self._ids[start : start + tokens]

    def batch(self, lengths: Iterable[int]) -> Sequence[list[int]]:
        """A prompt of each of these lengths."""
        return [self.take(tokens) for tokens in lengths]
