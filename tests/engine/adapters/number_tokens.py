"""A tokenizer whose words are the numbers themselves."""

from collections.abc import Sequence

from core.variants.spec import Workload


class NumberTokens:
    """`ends` end a row; padding is 0, and the end itself has no text."""

    def __init__(self, ends: Sequence[int] = ()) -> None:
        self.ends = frozenset(ends)
        self.padding = 0

    def decode(self, ids: Sequence[int], skip_special_tokens: bool = True) -> str:
        """The numbers, each with a blank before it."""
        return "".join(f" {i}" for i in ids if not (skip_special_tokens and i in self.ends))

    def prompt_ids(self, workload: Workload) -> list[int]:
        """The prompt's numbers."""
        return [int(word) for word in (workload.prompt or "").split()]
