"""What is asked of a server: the person's text, or synthetic prompts of a length in tokens.

A server keeps what it computed for a prompt and need not compute it again, nor what it computed for
the beginning of one. So no two synthetic prompts begin alike, not even those of two runs with the
same seed; and each request carries a salt, which some servers keep apart by.
"""

import random
import secrets

from core.engine.adapters.endpoint.question import Prompt
from core.variants.spec import Workload

# Ids of ordinary tokens in about every vocabulary: behind bytes and most special ones, before the
# end of small ones.
ORDINARY_IDS = range(1_000, 20_000)
# One token each in about every vocabulary, with the space before them.
WORDS = (
    "time", "year", "people", "way", "day", "man", "thing", "woman", "life", "child", "world",
    "school", "state", "family", "student", "group", "country", "problem", "hand", "part", "place",
    "case", "week", "company", "system", "program", "question", "work", "government", "number",
    "night", "point", "home", "water", "room", "mother", "area", "money", "story", "fact", "month",
    "lot", "right", "study", "book", "eye", "job", "word", "business", "issue", "side", "kind",
    "head", "house", "service", "friend", "father", "power", "hour", "game", "line", "end", "law",
    "member", "car", "city", "community", "name",
)  # fmt: skip


class Prompts:
    """The prompts of a workload's requests, counted through. Synthetic ones are token ids where
    `ids` says so, else `words` words.
    """

    def __init__(self, workload: Workload) -> None:
        self._workload = workload
        self._count = 0
        self._nonce = secrets.token_hex(8)
        self.ids = False
        self.words = workload.prompt_tokens or 0

    @property
    def form(self) -> str:
        """How prompts are sent, in words."""
        if self._workload.prompt is not None:
            return "text"
        return "token ids" if self.ids else "words"

    @property
    def alike(self) -> bool:
        """Whether all requests have the same prompt."""
        return self._workload.prompt is not None

    def next(self) -> tuple[Prompt, str]:
        """The next request's prompt, and a salt that no other has."""
        self._count += 1
        draw = random.Random(f"{self._nonce} {self._workload.seed} {self._count}")
        return self._prompt(draw), f"{self._count}-{self._nonce}"

    def _prompt(self, draw: random.Random) -> Prompt:
        text, tokens = self._workload.prompt, self._workload.prompt_tokens
        if text is not None or tokens is None:
            return text or ""
        if self.ids:
            return tuple(draw.choices(ORDINARY_IDS, k=tokens))
        return " ".join(draw.choices(WORDS, k=self.words))
