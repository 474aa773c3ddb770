"""The rows of a generation as they grow: where each ends, what ended it, and what came of it."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.engine.adapters.tokens import Tokens
from core.engine.row_end import END_OF_SEQUENCE, LENGTH, STOP_STRING, RowEnd
from core.engine.token_texts import token_texts
from core.errors import RunError
from core.results.measured import Output
from core.results.observed import TIME_LIMIT
from core.variants.spec import StopRule, Workload

Integers = NDArray[np.int64]


class Rows:
    """At most `cap` new tokens for each row. Rows that have ended go on with padding until all
    have, and it never counts.
    """

    def __init__(self, workload: Workload, tokens: Tokens, cap: int) -> None:
        self.steps = 0
        self._workload = workload
        self._tokens = tokens
        self._cap = cap
        self._new: list[list[int]] = [[] for _ in range(workload.batch_size)]
        self._ends: list[RowEnd | None] = [None] * workload.batch_size

    @property
    def ended(self) -> bool:
        """Whether every row has ended."""
        return all(self._ends)

    def add(self, chosen: Integers, seconds: float) -> None:
        """A token for each row, (batch,), so many seconds after the start."""
        self.steps += 1
        limit = self._workload.time_limit_s
        for row, token in enumerate(chosen.tolist()):
            if self._ends[row] is None:
                self._new[row].append(token)
                late = limit is not None and seconds >= limit
                reason = self._reason(self._new[row], late)
                self._ends[row] = RowEnd(self.steps, reason) if reason else None

    def _reason(self, new: list[int], late: bool) -> str | None:
        """What ends a row with its latest token; None where nothing does."""
        if self._workload.stop is StopRule.NATURAL:
            if new[-1] in self._tokens.ends:
                return END_OF_SEQUENCE
            if self._has_stop_string(new):
                return STOP_STRING
        if len(new) == self._cap:
            return LENGTH
        return TIME_LIMIT if late else None

    def _has_stop_string(self, new: list[int]) -> bool:
        strings = self._workload.stop_strings
        if not strings:
            return False
        text = self._tokens.decode(new, skip_special_tokens=False)
        return any(string in text for string in strings)

    def to_read(self, chosen: Integers) -> Integers:
        """What the next pass reads, (batch, 1): padding where a row has ended."""
        ended = [end is not None for end in self._ends]
        return np.where(ended, self._tokens.padding, chosen).astype(np.int64)[:, None]

    def counts(self) -> tuple[int, ...]:
        """Real tokens of each row; raises RunError where a fixed length was missed."""
        counts = tuple(len(new) for new in self._new)
        if self._workload.stop is StopRule.FIXED and set(counts) != {self._cap}:
            raise RunError(f"{min(counts)} tokens came, {self._cap} were asked.")
        return counts

    def stopped_by(self) -> dict[str, int]:
        """How many rows were ended by what."""
        return dict(Counter(end.reason for end in self._ends if end))

    def describe(self, lengths: Sequence[int]) -> Output:
        """The first row's text and tokens, each row's counts, and its prompt's `lengths`."""
        kept = self._new[0]
        text = self._tokens.decode(kept)
        return Output(
            text=text,
            token_ids=tuple(kept),
            token_texts=token_texts(self._tokens, kept, text),
            prompt_tokens=max(lengths),
            prompt_lengths=tuple(lengths),
            new_tokens=self.counts(),
        )
