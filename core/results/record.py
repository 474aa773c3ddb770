"""The base of every part of a result: closed, frozen, and without a missing field's guess."""

from typing import NoReturn

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """A closed, frozen part of a result."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def no_number(text: str) -> NoReturn:
    """For readers of JSON, which would take NaN and infinity: raises ValueError."""
    raise ValueError(f"it holds {text}, and only finite numbers are measured")
