"""The rows of a generation as they grow: what ends each, and what came of them.

The same for every engine whose tokens are picked in this program, and as transformers has it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from core.engine.adapters.stop_strings import Decoder, StopStrings
from core.engine.token_texts import token_texts
from core.errors import RunError
from core.results.measured import Output
from core.results.observed import END_OF_SEQUENCE, LENGTH, STOP_STRING, TIME_LIMIT
from core.variants.spec import StopRule, Workload


class Vocabulary(Decoder, Protocol):
    """What knows the text of tokens, and which of them end a row."""

    @property
    def ends(self) -> frozenset[int]:
        """The ids that end a row."""
        ...


@dataclass
class Row:
    """What was generated, and what ended it, None while it goes on."""

    stops: StopStrings
    new: list[int] = field(default_factory=list)
    ended: str | None = None


class Rows:
    """At most `cap` new tokens for each row; of a fixed length no row ends early."""

    def __init__(self, workload: Workload, vocabulary: Vocabulary, cap: int) -> None:
        self._workload = workload
        self._vocabulary = vocabulary
        self._cap = cap
        self._natural = workload.stop is StopRule.NATURAL
        self._ends = vocabulary.ends
        strings = workload.stop_strings
        self._rows = [Row(StopStrings(vocabulary, strings)) for _ in range(workload.batch_size)]

    @property
    def going(self) -> list[int]:
        """The numbers of the rows that go on."""
        return [number for number, row in enumerate(self._rows) if row.ended is None]

    def new(self, number: int) -> list[int]:
        """What a row has generated."""
        return self._rows[number].new

    def add(self, number: int, token: int) -> None:
        """A row's next token, which may end it."""
        row = self._rows[number]
        row.new.append(token)
        if self._natural and token in self._ends:
            row.ended = END_OF_SEQUENCE
        elif self._natural and row.stops.completed_by(token):
            row.ended = STOP_STRING
        elif len(row.new) == self._cap:
            row.ended = LENGTH

    def end_late(self, seconds: float) -> None:
        """End all rows where that many seconds are more than the time limit."""
        limit = self._workload.time_limit_s
        if limit is not None and seconds > limit:
            for row in self._rows:
                row.ended = row.ended or TIME_LIMIT

    def counts(self) -> tuple[int, ...]:
        """Real tokens of each row; raises RunError where a fixed length was missed."""
        counts = tuple(len(row.new) for row in self._rows)
        if not self._natural and set(counts) != {self._cap}:
            raise RunError(f"{min(counts)} tokens came, {self._cap} were asked.")
        return counts

    def stopped_by(self) -> dict[str, int]:
        """How many rows were ended by what."""
        return dict(Counter(row.ended for row in self._rows if row.ended))

    def describe(self, lengths: Sequence[int]) -> Output:
        """The first row's text and tokens, each row's counts, and its prompt's `lengths`."""
        first = self._rows[0].new
        text = self._vocabulary.decode(first)
        return Output(
            text=text,
            token_ids=tuple(first),
            token_texts=token_texts(self._vocabulary, first, text),
            prompt_tokens=max(lengths),
            prompt_lengths=tuple(lengths),
            new_tokens=self.counts(),
        )
