"""What every spec is: a closed, frozen set of fields with an id that stays the same."""

import hashlib
import json
from typing import Any, ClassVar, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    ValidationInfo,
    model_validator,
)

from core.errors import RequestError


class Spec(BaseModel):
    """A closed, frozen set of fields with a stable id."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    gained_later: ClassVar[frozenset[str]] = frozenset()
    """Fields that the program gained after specs were stored: told only where they are not at
    their default, so that ids stay what they were.
    """

    @model_validator(mode="wrap")
    @classmethod
    def _broken_text_is_no_request(
        cls, values: Any, read: ModelWrapValidatorHandler[Self], info: ValidationInfo
    ) -> Self:
        """What a field refuses is a RequestError to who asked for it; to who reads a stored or sent
        text, it is as broken as any other wrong value.
        """
        try:
            return read(values)
        except RequestError as error:
            if info.mode != "json":
                raise
            raise ValueError(str(error)) from None

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
