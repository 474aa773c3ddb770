"""The cells of a trace: moments and counts, as spreadsheets and logs write them."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

TIMES = ("arrival_s", "timestamp")
MOST_TOKENS = 1_000_000
LATEST_S = 1e11  # three thousand years; the milliseconds since 1970 are above it
NUMBER = re.compile(r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$")
SHOWN = 40  # characters of a cell that cannot be read
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECONDS = "a number of seconds"
ZONED, ZONELESS = "a date with a time zone", "a date without a time zone"


@dataclass(frozen=True, slots=True)
class Moment:
    """Seconds since some beginning, which all moments of one kind share."""

    seconds: float
    kind: str


def moment_of(column: str, cell: str, decimal_comma: bool) -> Moment:
    """A number of seconds or, in a column of time stamps, also an ISO 8601 date.

    Raises ValueError with what is wrong.
    """
    number = cell.replace(",", ".") if decimal_comma else cell
    if NUMBER.match(number):
        return Moment(_since_start(column, cell, float(number)), SECONDS)
    if not cell:
        raise ValueError(f"{column} is empty")
    if column == "arrival_s":
        raise ValueError(f"arrival_s is {_shown(cell)}, which is no number of seconds")
    try:
        moment = datetime.fromisoformat(cell)
    except ValueError:
        wanted = "neither a number of seconds nor a date such as 2026-03-01T09:30:00.250"
        raise ValueError(f"timestamp is {_shown(cell)}, which is {wanted}") from None
    if moment.tzinfo is None:
        return Moment((moment.replace(tzinfo=UTC) - EPOCH).total_seconds(), ZONELESS)
    return Moment((moment - EPOCH).total_seconds(), ZONED)


def tokens_of(column: str, cell: str) -> int:
    """A count of tokens; raises ValueError with what is wrong."""
    if not cell:
        raise ValueError(f"{column} is empty")
    value = float(cell) if NUMBER.match(cell) else None
    if value is None or not 1 <= value <= MOST_TOKENS or value != int(value):
        wanted = f"no whole number from 1 to {MOST_TOKENS:,}"
        raise ValueError(f"{column} is {_shown(cell)}, which is {wanted}")
    return int(value)


def _since_start(column: str, cell: str, seconds: float) -> float:
    if seconds < 0:
        raise ValueError(f"{column} is {_shown(cell)}, which is no time after the start")
    if seconds > LATEST_S:
        wanted = f"too much for seconds, which go to {LATEST_S:,.0f} (are they milliseconds?)"
        raise ValueError(f"{column} is {_shown(cell)}, which is {wanted}")
    return seconds


def _shown(cell: str) -> str:
    return repr(cell if len(cell) <= SHOWN else f"{cell[:SHOWN]}…")
