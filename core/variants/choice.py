"""What a menu says of one choice of a lever."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Choice:
    """The choice's name, and one sentence on what it does."""

    label: str
    summary: str
