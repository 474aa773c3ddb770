"""How a row of a generation ended: the same words for every engine."""

from dataclasses import dataclass

LENGTH, END_OF_SEQUENCE, STOP_STRING = "length", "end of sequence", "stop string"


@dataclass(frozen=True)
class RowEnd:
    """New tokens of a row, the one that ended it included, and why it ended."""

    new_tokens: int
    reason: str
