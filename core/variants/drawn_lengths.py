"""How long prompts and answers of a load are: fixed, drawn from a distribution, or of a trace.

A distribution is written in one word, the same in a flag, a link and a table: `64`,
`uniform:16-128`, `geometric:64`, `lognormal:64:0.5`, `trace`; the two unbounded ones take a range
at their end, `geometric:64:1-512`.
"""

import math
import re
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError, model_validator

from core.errors import RequestError
from core.variants.closed_spec import Spec
from core.variants.wording import reason_in_words

LONGEST_TOKENS = 1_000_000
USUAL_SPREAD = 0.5
WRITTEN = ("64", "uniform:16-128", "geometric:64", "lognormal:64:0.5", "trace")
_RANGE = re.compile(r"^([0-9]{1,20})-([0-9]{1,20})$")
SHOWN = 40  # characters of a part that cannot be read


class LengthKind(StrEnum):
    """Where lengths come from."""

    FIXED = "fixed"
    UNIFORM = "uniform"
    GEOMETRIC = "geometric"
    LOGNORMAL = "lognormal"
    TRACE = "trace"


# The fields that each kind needs, and those that it may have besides.
TAKES: dict[LengthKind, tuple[tuple[str, ...], tuple[str, ...]]] = {
    LengthKind.FIXED: (("mean",), ()),
    LengthKind.UNIFORM: (("low", "high"), ()),
    LengthKind.GEOMETRIC: (("mean",), ("low", "high")),
    LengthKind.LOGNORMAL: (("mean", "spread"), ("low", "high")),
    LengthKind.TRACE: ((), ()),
}


class Lengths(Spec):
    """Tokens of the prompts, or of the answers, of a load. What is drawn outside of `low` to
    `high` becomes the nearer of the two, so that such a cut moves the mean.
    """

    kind: LengthKind = Field(default=LengthKind.FIXED, description="Where lengths come from.")
    mean: float | None = Field(
        default=None, ge=1, le=LONGEST_TOKENS, description="The mean, in tokens; all, where fixed."
    )
    spread: float | None = Field(
        default=None, gt=0, le=10, description="Standard deviation over the mean, of lognormal."
    )
    low: int | None = Field(
        default=None, ge=1, le=LONGEST_TOKENS, description="The shortest, in tokens."
    )
    high: int | None = Field(
        default=None, ge=1, le=LONGEST_TOKENS, description="The longest, in tokens."
    )

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, values: Any) -> Any:
        if isinstance(values, str | int):
            values = _read(str(values))
        if isinstance(values, dict) and values.get("kind") == LengthKind.LOGNORMAL:
            spread = values.get("spread")
            return {**values, "spread": USUAL_SPREAD if spread is None else spread}
        return values

    @model_validator(mode="after")
    def _fits_together(self) -> "Lengths":
        needed, optional = TAKES[self.kind]
        given = {name for name in ("mean", "spread", "low", "high") if getattr(self, name)}
        if missing := [name for name in needed if name not in given]:
            raise ValueError(f"{self.kind} lengths need {' and '.join(missing)}")
        if odd := sorted(given - {*needed, *optional}):
            raise ValueError(f"{self.kind} lengths have no {odd[0]}")
        if self.kind is LengthKind.FIXED and self.mean != round(self.mean or 0):
            raise ValueError("a fixed length is a whole number of tokens")
        if (self.low or 1) > (self.high or LONGEST_TOKENS):
            raise ValueError("the shortest is longer than the longest")
        return self

    def __str__(self) -> str:
        """The same in one word, which `parse_lengths` reads."""
        if self.kind is LengthKind.FIXED:
            return _shortest(self.mean or 0.0)
        parts: list[str] = [self.kind]
        parts += [_shortest(value) for value in (self.mean, self.spread) if value is not None]
        if self.low is not None or self.high is not None:
            parts.append(f"{self.low or 1}-{self.high or LONGEST_TOKENS}")
        return ":".join(parts)


def parse_lengths(field: str, text: str) -> Lengths:
    """Lengths as they are written in one word; raises RequestError in the name of that field."""
    try:
        return Lengths.model_validate(text)
    except ValidationError as error:
        raise RequestError(field, text, _first_words(error), WRITTEN) from None


def draw(lengths: Lengths, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """So many lengths in tokens, (count,); not for those of a trace."""
    low, high = lengths.low or 1, lengths.high or LONGEST_TOKENS
    mean = lengths.mean or 1.0
    if lengths.kind is LengthKind.FIXED:
        drawn = np.full(count, mean)
    elif lengths.kind is LengthKind.UNIFORM:
        drawn = rng.integers(low, high, size=count, endpoint=True).astype(float)
    elif lengths.kind is LengthKind.GEOMETRIC:
        drawn = rng.geometric(1 / mean, size=count).astype(float)
    else:
        variance = math.log1p((lengths.spread or USUAL_SPREAD) ** 2)
        drawn = rng.lognormal(math.log(mean) - variance / 2, math.sqrt(variance), size=count)
    whole: NDArray[np.int64] = np.clip(np.rint(drawn), low, high).astype(np.int64)
    return whole


def _read(text: str) -> dict[str, Any]:
    """The fields of a word such as `lognormal:64:0.5:1-512`."""
    kind, *parts = text.strip().lower().split(":")
    if kind not in tuple(LengthKind):
        if parts:
            raise ValueError(f"there are no lengths of the kind {_shown(kind)}")
        kind, parts = LengthKind.FIXED, [kind]
    names = [name for name in ("mean", "spread") if name in _fields_of(LengthKind(kind))]
    values: dict[str, Any] = {"kind": kind}
    if parts and "low" in _fields_of(LengthKind(kind)) and (not names or _is_range(parts[-1])):
        values |= _range(parts.pop())
    if len(parts) > len(names):
        raise ValueError("it has too many parts")
    return {**values, **dict(zip(names, parts, strict=False))}


def _is_range(part: str) -> bool:
    """Whether one is meant: neither -5 nor 1e-05 is."""
    return re.search(r"[^e]-", part) is not None


def _range(part: str) -> dict[str, int]:
    found = _RANGE.match(part)
    if found is None:
        raise ValueError(f"{_shown(part)} is no range of whole numbers such as 16-128")
    return {"low": int(found[1]), "high": int(found[2])}


def _fields_of(kind: LengthKind) -> tuple[str, ...]:
    needed, optional = TAKES[kind]
    return (*needed, *optional)


def _shortest(value: float) -> str:
    """All digits that it takes to read the same number again, and no more."""
    return repr(value).removesuffix(".0")


def _shown(part: str) -> str:
    return repr(part if len(part) <= SHOWN else f"{part[:SHOWN]}…")


def _first_words(error: ValidationError) -> str:
    """What is wrong first: a field of lengths with its value, or the whole."""
    first = error.errors()[0]
    if not first["loc"]:
        return first["msg"].removeprefix("Value error, ") + "."
    name = str(first["loc"][0])
    reason = reason_in_words(first, Lengths.model_fields[name])
    return f"{name} is {_shown(str(first['input']))}: {reason}"
