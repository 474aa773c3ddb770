"""Reads a limit, such as "at most 50 ms per token" or "memory between 1 and 2 GB"."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from core.analysis.deciding.asking.phrases import METRIC_NAMES, normal
from core.analysis.deciding.asking.words import (
    AS_GOOD,
    BETTER,
    COMPARISONS,
    DOUBTFUL_UNITS,
    KNOWN,
    LOSSES,
    UNIT_EXAMPLES,
    UNITS,
    Side,
)
from core.analysis.deciding.constraints import Constraint
from core.errors import RequestError

FIELD = "ask"
NUMBER = r"(?<![\w.:-])[-+]?(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?"
UNIT_NAMES = sorted((name for names in UNITS.values() for name in names), key=len, reverse=True)
UNIT = "|".join(re.escape(name) for name in UNIT_NAMES)
AMOUNT = re.compile(rf"(?P<usd>\$|usd\s)?\s*(?P<number>{NUMBER})\s*(?P<unit>(?:{UNIT})(?![\w]))?")
SIDES = {phrase: side for side, phrases in COMPARISONS.items() for phrase in phrases}


def _any_of(phrases: Iterable[str]) -> re.Pattern[str]:
    """Finds the longest of these phrases."""
    found = (
        rf"\b{re.escape(phrase)}\b" if phrase[0].isalpha() else re.escape(phrase)
        for phrase in sorted(phrases, key=len, reverse=True)
    )
    return re.compile("|".join(found), re.IGNORECASE)


COMPARISON = _any_of(SIDES)
ANY_COMPARISON = _any_of((*SIDES, *AS_GOOD, *BETTER))
EXACTLY = re.compile(r"\bexactly\b|\bequals?\b|(?<![<>=])==?(?![<>=])", re.IGNORECASE)
ABOUT = re.compile(r"[~≈]|\b(?:about|around|roughly|approximately)\b", re.IGNORECASE)
DIMENSIONS = {name: dimension for dimension, names in UNITS.items() for name in names}
# A number of this dimension alone says what it is of; a time or an amount of money does not.
BY_DIMENSION = {
    "bytes": "peak_bytes",
    "tokens/s": "output_tokens_per_s",
    "J/token": "joules_per_token",
}


@dataclass(frozen=True)
class Amount:
    """A number as it was written, and its dimension: None where it was written without a unit."""

    number: float
    dimension: str | None
    unit: str | None


def limit_in(part: str) -> list[Constraint] | None:
    """The limits that a part sets; None where there is no number in it.

    Raises RequestError for a limit whose metric or unit is not told for sure.
    """
    text = part.replace("≤", " <= ").replace("≥", " >= ").replace("−", "-")
    if ABOUT.search(text):
        raise RequestError(FIELD, part, "a limit is sharp.", ("at most", "at least"))
    if "between" in text.lower() and "…" in text:
        return _between(text, part)
    found = [*AMOUNT.finditer(text)]
    if not found:
        return None
    if len(found) > 1:
        raise RequestError(FIELD, part, "it has more than one number.", ("one limit to a part",))
    amount, rest = _amount(found[0], part), _without(text, found[0])
    said = [match.group() for match in ANY_COMPARISON.finditer(rest)]
    rest = ANY_COMPARISON.sub(" ", rest)
    if EXACTLY.search(rest):
        reason = "a measured number is never exactly so."
        raise RequestError(FIELD, part, reason, ("at most", "at least", "between … and …"))
    key, limit = _measured(amount, normal(rest), part)
    sides = {_side(phrase, KNOWN[key].higher_is_better) for phrase in said or AS_GOOD[:1]}
    if len(sides) > 1:
        raise RequestError(FIELD, part, "it compares in two ways.", ("at most", "at least"))
    return [Constraint(key, sides.pop(), limit)]


def side_in(text: str) -> Side | None:
    """The comparison in a text; None where there is none."""
    match = COMPARISON.search(text)
    return SIDES[_spaced(match.group())] if match else None


def _between(text: str, part: str) -> list[Constraint]:
    shown = part.replace("…", "and")
    found = [*AMOUNT.finditer(text)]
    if len(found) != 2:
        raise RequestError(FIELD, shown, "this is not understood.", ("between 1 and 2 GB",))
    first, second = (_amount(match, shown) for match in found)
    if first.dimension is None:
        first = Amount(first.number, second.dimension, second.unit)
    words = re.sub(r"\bbetween\b", " ", _without(text, *found), flags=re.IGNORECASE)
    words = normal(words.replace("…", " "))
    (key, low), (other, high) = (_measured(amount, words, shown) for amount in (first, second))
    if key != other:
        raise RequestError(FIELD, shown, "its ends are of different kinds.")
    return [Constraint(key, Side.AT_LEAST, low), Constraint(key, Side.AT_MOST, high)]


def _amount(match: re.Match[str], part: str) -> Amount:
    number, unit = float(match["number"].replace(",", "")), match["unit"]
    if not math.isfinite(number) or number < 0:
        raise RequestError(FIELD, part, f"{match['number']} is no limit.", ("0 or more",))
    if match["usd"]:
        if unit and DIMENSIONS[unit] != "USD":
            raise RequestError(FIELD, part, f"$ and {unit} do not go together.")
        return Amount(number, "USD", "USD")
    doubtful = re.match(r"\s*(\w+)", match.string[match.end() :]) if unit is None else None
    if doubtful and doubtful[1] in DOUBTFUL_UNITS:
        reason = f"{doubtful[1]} is no unit here."
        raise RequestError(FIELD, part, reason, (DOUBTFUL_UNITS[doubtful[1]],))
    return Amount(number, DIMENSIONS[unit] if unit else None, unit)


def _without(text: str, *matches: re.Match[str]) -> str:
    for match in reversed(matches):
        text = f"{text[: match.start()]} {text[match.end() :]}"
    return text


def _side(phrase: str, higher_is_better: bool) -> Side:
    """The side that a comparison means, for a metric of that direction."""
    words = _spaced(phrase)
    if words in AS_GOOD:
        return Side.AT_LEAST if higher_is_better else Side.AT_MOST
    if words in BETTER:
        return Side.ABOVE if higher_is_better else Side.BELOW
    return SIDES[words]


def _spaced(phrase: str) -> str:
    return re.sub(r"\s+", " ", phrase.lower())


def _measured(amount: Amount, words: str, part: str) -> tuple[str, float]:
    """The metric's key, and the amount in its unit."""
    if words in _LOSSES:
        if amount.dimension != "share":
            raise RequestError(FIELD, part, "a loss is said in per cent.", ("2 %",))
        return "perplexity_ratio", 1 + amount.number * UNITS["share"][str(amount.unit)]
    keys = METRIC_NAMES.get(words, ()) if words else _by_dimension(amount)
    if not keys:
        reason = f"“{words}” names no metric." if words else "it does not say of what."
        raise RequestError(FIELD, part, reason, _of_what(amount))
    fitting = [key for key in keys if _fits(amount, key)]
    if not fitting:
        known = KNOWN[keys[0]]
        units = UNIT_EXAMPLES.get(known.unit, ("a number without a unit",))
        reason = f"{known.label} is not measured in {amount.unit}."
        raise RequestError(FIELD, part, reason if amount.unit else "a unit is missing.", units)
    if fitting[0] == "perplexity_ratio" and amount.dimension == "share" and amount.number < 50:
        loss = f"quality loss at most {amount.number:g} %"
        raise RequestError(FIELD, part, "a ratio of 1 is the reference's own.", (loss,))
    factor = UNITS[amount.dimension][str(amount.unit)] if amount.dimension else 1.0
    return fitting[0], amount.number * factor


def _by_dimension(amount: Amount) -> tuple[str, ...]:
    key = BY_DIMENSION.get(amount.dimension or "")
    return (key,) if key else ()


def _fits(amount: Amount, key: str) -> bool:
    """Whether a metric is measured in that dimension. A ratio has none, and may be in per cent."""
    unit = KNOWN[key].unit
    if amount.dimension is None:
        return unit in ("", "ratio", "share", "nats", "count")
    return unit == amount.dimension or (amount.dimension == "share" and unit == "ratio")


def _of_what(amount: Amount) -> tuple[str, ...]:
    """What the amount may be of, in words that would do."""
    written = f"{amount.number:g} {amount.unit or ''}".strip()
    match amount.dimension:
        case "s":
            return tuple(f"{written} {of}" for of in ("per token", "to first token", "end to end"))
        case "USD":
            price = f"${amount.number:g}" if amount.unit == "USD" else written
            return f"{price} per million tokens", f"{price} per run"
        case "share":
            return f"quality loss at most {written}", f"top-1 agreement at least {written}"
        case None:
            return tuple(f"perplexity ratio {written}" for _ in range(1))
    return tuple(known.label for known in KNOWN.values() if known.unit == amount.dimension)


_LOSSES = frozenset(map(normal, LOSSES))
