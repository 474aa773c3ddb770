"""What every spec is: a closed, frozen set of fields with an id that stays the same."""

import hashlib
import json
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict


class Spec(BaseModel):
    """A closed, frozen set of fields with a stable id."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    gained_later: ClassVar[frozenset[str]] = frozenset()
    """Fields that the program gained after specs were stored: told only where they are not at
    their default, so that ids stay what they were.
    """

    @property
    def id(self) -> str:
        """Ten hex digits of the SHA-256 of the sorted JSON: equal specs have equal ids."""
        text = json.dumps(self.identity(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:10]

    def identity(self) -> dict[str, Any]:
        """The fields, as plain values, by which specs are told apart."""
        fields = type(self).model_fields
        return {
            name: value
            for name, value in self.model_dump(mode="json").items()
            if name not in self.gained_later or value != fields[name].default
        }
