"""Reads a question in constraints, such as "at most 50 ms per token, 1 GB, cheapest".

Strict: a part that is not understood for sure is refused by its words, with what would do. A unit
is never guessed; a limit without a comparison is an upper one for what is better low, and a lower
one for what is better high. What was understood is shown back.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches

from core.analysis.deciding.asking.levers import condition_in
from core.analysis.deciding.asking.limits import limit_in
from core.analysis.deciding.asking.phrases import METRIC_NAMES, normal
from core.analysis.deciding.asking.words import BEST, EXAMPLES, GOALS, KNOWN, LEAST, MOST, Side
from core.analysis.deciding.constraints import Ask, Choice, Condition, Constraint
from core.errors import RequestError

FIELD = "ask"
DEFAULT_GOAL = "usd_per_million_tokens"
LONGEST = 1000
PER_MILLION = re.compile(
    r"(?:\bper|/|\ba)\s*(?:1\s*)?(?:m|million|1,000,000|1000000|1e6|mega)\s*"
    r"(?:output\s+|generated\s+)?tok(?:en)?s?\b",
    re.IGNORECASE,
)
DECIMAL_COMMA = re.compile(r"\d+,(?!\d{3}(?!\d))\d+")
BETWEEN = re.compile(r"\b(?:between|from)\s+(\S.*?)\s+(?:and|to)\s+(?=[$\d.])", re.IGNORECASE)
SEPARATORS = re.compile(
    r";|\n|,(?!\d{3}(?!\d))|&|\b(?:and|but|with|where|given|subject to|such that|so that|using)\b"
    r"|\s(?=on (?:a |the )?(?:cpu|gpu|cuda))",
    re.IGNORECASE,
)


@dataclass
class _Found:
    """What has been read so far."""

    goals: list[tuple[str, str]] = field(default_factory=list)
    constraints: list[Constraint] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)


def read_ask(sentence: str) -> Ask:
    """The question that a sentence asks. Raises RequestError for what is not understood."""
    if len(sentence) > LONGEST:
        raise RequestError(FIELD, sentence, f"it is longer than {LONGEST} characters.")
    found = _Found()
    for part in _parts(sentence):
        _read(part, found)
    if not (found.goals or found.constraints or found.conditions):
        raise RequestError(FIELD, sentence, "it asks for nothing.", EXAMPLES[:1])
    _check(found)
    goal = found.goals[0][0] if found.goals else DEFAULT_GOAL
    return Ask(
        goal=goal,
        constraints=tuple(dict.fromkeys(found.constraints)),
        conditions=tuple(dict.fromkeys(found.conditions)),
        goal_named=bool(found.goals),
    )


def _parts(sentence: str) -> Iterator[str]:
    """The sentence's parts; what "between" joins stays together."""
    comma = DECIMAL_COMMA.search(sentence)
    if comma:
        point = comma.group().replace(",", ".")
        raise RequestError(FIELD, comma.group(), "a decimal point is a point.", (point,))
    whole = PER_MILLION.sub(" per million tokens ", sentence)
    whole = BETWEEN.sub(r" between \1 … ", whole)
    for part in SEPARATORS.split(whole):
        text = part.strip(" \t.!?:")
        if text:
            yield text


def _read(part: str, found: _Found) -> None:
    """One part: a goal, a condition, a limit, or a goal and then the rest."""
    goal = _goal(part)
    if goal is not None:
        found.goals.append((goal, part))
        return
    condition = condition_in(part)
    if condition is not None:
        found.conditions.append(condition)
        return
    first, rest = _goal_first(part)
    if first is not None:
        found.goals.append((first, part))
        _read(rest, found)
        return
    if not normal(part):
        return
    limits = limit_in(part)
    if limits is None:
        raise RequestError(FIELD, part, "this is not understood.", _advice(part))
    found.constraints += limits


def _goal(text: str) -> str | None:
    """The metric that a phrase wants to be as good as it can; None where it is no goal.

    Raises RequestError where it wants a metric to be as bad as it can.
    """
    words = normal(text)
    named = next((key for key, phrases in _GOALS.items() if words in phrases), None)
    if named is not None:
        return named
    for superlatives, higher in ((LEAST, False), (MOST, True), (BEST, None)):
        for superlative in superlatives:
            key = _metric(words.removeprefix(f"{superlative} "))
            if words.startswith(f"{superlative} ") and key is not None:
                return _in_its_direction(key, higher, text)
    return None


def _in_its_direction(key: str, higher: bool | None, text: str) -> str:
    known = KNOWN[key]
    if higher is not None and higher is not known.higher_is_better:
        way = "highest" if known.higher_is_better else "lowest"
        reason = f"{known.label} is better {'higher' if known.higher_is_better else 'lower'}."
        raise RequestError(FIELD, text, reason, (f"{way} {known.label}",))
    return key


def _metric(words: str) -> str | None:
    """The metric of that name; of several, the one that the name means without a unit."""
    keys = METRIC_NAMES.get(words, ())
    return keys[0] if keys else None


def _goal_first(part: str) -> tuple[str | None, str]:
    """The goal that a part begins with, the longest, and what follows it."""
    words = part.split()
    for count in range(len(words) - 1, 0, -1):
        head, rest = " ".join(words[:count]), " ".join(words[count:])
        if normal(head).split()[-1:] in (["max"], ["min"]):
            continue
        limits = re.search(r"(?<![\w-])\d", head) or _limits_it(head, rest)
        goal = None if limits else _goal(head)
        if goal is not None:
            return goal, rest
    return None, part


def _limits_it(head: str, rest: str) -> bool:
    """Whether `max memory 1 GB` and its like is meant: a limit, and no goal."""
    named = normal(head).partition(" ")[0] in ("max", "min", "maximum", "minimum")
    return named and re.match(r"(?:of |is |= ?)?[$\d]", rest) is not None


def _check(found: _Found) -> None:
    """Raises RequestError for goals or limits that cannot be had together."""
    goals = dict(found.goals)
    if len(goals) > 1:
        said = " and ".join(text for _, text in found.goals)
        valid = (" or ".join(text for _, text in found.goals),)
        raise RequestError(FIELD, said, "only one thing can be best; limit the others.", valid)
    for lower in found.constraints:
        for upper in found.constraints:
            if lower.key == upper.key and upper.upper and not lower.upper:
                _check_room(lower, upper)
    chosen: dict[str, Choice] = {}
    for condition in dict.fromkeys(found.conditions):
        if isinstance(condition, Choice) and not condition.excluded:
            other = chosen.setdefault(condition.field, condition)
            if not set(other.values) & set(condition.values):
                reason = "no run is both; write them with “or”."
                raise RequestError(FIELD, f"{other}, {condition}", reason)


def _check_room(lower: Constraint, upper: Constraint) -> None:
    strict = Side.BELOW is upper.side or Side.ABOVE is lower.side
    if lower.limit > upper.limit or (strict and lower.limit == upper.limit):
        raise RequestError(FIELD, f"{lower}, {upper}", "nothing can be both.")


def _advice(part: str) -> tuple[str, ...]:
    near = get_close_matches(normal(part), [*METRIC_NAMES, *_ALL_GOALS], n=3, cutoff=0.75)
    return tuple(near) or EXAMPLES[:1]


_GOALS = {key: tuple(map(normal, phrases)) for key, phrases in GOALS.items()}
_ALL_GOALS = [phrase for phrases in _GOALS.values() for phrase in phrases]
