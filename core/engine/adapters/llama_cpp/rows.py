"""The rows of a batch while they are generated: greedy picks, and what ends each row."""

import time
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.engine.adapters.llama_cpp.context import Token
from core.engine.adapters.llama_cpp.model import Model
from core.engine.row_end import END_OF_SEQUENCE, LENGTH, STOP_STRING
from core.results.observed import TIME_LIMIT
from core.variants.spec import StopRule, Workload


@dataclass
class Row:
    """One row: its prompt, what was generated, and what ended it, None while it goes on."""

    number: int
    prompt: list[int]
    new: list[int] = field(default_factory=list)
    text: bytes = b""
    ended: str | None = None

    def next_token(self) -> Token:
        """The last generated token, to be read for the one after it."""
        return Token(self.number, len(self.prompt) + len(self.new) - 1, self.new[-1], asked=True)


class Rules:
    """How a workload picks tokens and ends rows: of a fixed length no row ends early, and the
    tokens that would end it are never picked.
    """

    def __init__(self, model: Model, workload: Workload, new_tokens: int) -> None:
        self._model = model
        self._fixed = workload.stop is StopRule.FIXED
        self._ends = model.ends
        self._forbidden = list(model.ends) if self._fixed else []
        self._strings = [text.encode() for text in workload.stop_strings]
        self._limit_s = workload.time_limit_s
        self._new_tokens = new_tokens

    def take(self, row: Row, logits: NDArray[np.float32]) -> None:
        """Append the most likely token, and end the row where that ends it."""
        if self._forbidden:
            logits[self._forbidden] = -np.inf
        token = int(logits.argmax())
        row.new.append(token)
        if not self._fixed and token in self._ends:
            row.ended = END_OF_SEQUENCE
        elif self._strings and self._completes(row, token):
            row.ended = STOP_STRING
        elif len(row.new) == self._new_tokens:
            row.ended = LENGTH

    def end_late(self, rows: list[Row], start: float) -> None:
        """End all rows where the time limit is over."""
        if self._limit_s is not None and time.perf_counter() - start > self._limit_s:
            for row in rows:
                row.ended = row.ended or TIME_LIMIT

    def _completes(self, row: Row, token: int) -> bool:
        """Whether the token completes a stop string."""
        read = len(row.text)
        row.text += self._model.piece(token)
        return any(text in row.text[max(0, read - len(text) + 1) :] for text in self._strings)
