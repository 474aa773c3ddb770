"""The base of every part of a result: closed, frozen, and without a missing field's guess."""

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """A closed, frozen part of a result."""

    model_config = ConfigDict(frozen=True, extra="forbid")
