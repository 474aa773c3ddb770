"""Reads a condition on the levers, such as "on cpu", "batch size at most 4" or "nf4 or bf16"."""

import re
from collections.abc import Iterator

from core.analysis.deciding.asking.limits import COMPARISON, side_in
from core.analysis.deciding.asking.phrases import normal
from core.analysis.deciding.constraints import Choice, Condition, Range
from core.errors import RequestError
from core.variants.axes import AXES
from core.variants.catalogue import entries
from core.variants.compilation import Compilation
from core.variants.kv_cache import KVCache

FIELD = "ask"
QUESTION_FIELDS = ("stop",)  # what was asked, and no lever
BATCH = re.compile(
    r"(?:(?P<before>.*?)\bbatch(?:[ -_]size)?\b(?: of)?(?P<between>[^\d]*)(?P<number>\d+)"
    r"(?P<after>.*))$",
    re.IGNORECASE,
)
NEGATION = re.compile(r"^(?:not|no|without|except|never)\s+", re.IGNORECASE)
EITHER = re.compile(r"\s+or\s+(?!less\b|more\b|lower\b|higher\b|fewer\b|below\b|above\b|better\b)")
SAID: dict[str, Choice] = {
    "cpu": Choice("device", ("cpu",)),
    "gpu": Choice("device", ("cpu",), excluded=True),
    "cuda": Choice("device", ("cpu",), excluded=True),
    "compiled": Choice("compile", (Compilation.OFF,), excluded=True),
    "torch.compile": Choice("compile", (Compilation.OFF,), excluded=True),
    "compile": Choice("compile", (Compilation.OFF,), excluded=True),
    "uncompiled": Choice("compile", (Compilation.OFF,)),
    "kv cache": Choice("kv_cache", (KVCache.OFF,), excluded=True),
    "cache": Choice("kv_cache", (KVCache.OFF,), excluded=True),
}


def condition_in(part: str) -> Condition | None:
    """The condition that a part sets; None where it sets none.

    Raises RequestError for a batch size that is not understood.
    """
    batch = BATCH.match(part.strip())
    if batch:
        return _batch(batch, part)
    found = [_choice(alternative) for alternative in EITHER.split(part.strip())]
    if not all(found):
        return None
    choices = [choice for choice in found if choice]
    first = choices[0]
    alike = all((c.field, c.excluded) == (first.field, first.excluded) for c in choices)
    if not alike:
        raise RequestError(FIELD, part, "“or” joins values of one lever only.")
    values = tuple(dict.fromkeys(value for choice in choices for value in choice.values))
    return Choice(first.field, values, first.excluded)


def _batch(match: re.Match[str], part: str) -> Condition:
    words = " ".join(filter(None, (match["before"], match["between"], match["after"])))
    rest = normal(COMPARISON.sub(" ", words).replace("=", " "))
    if rest not in ("", "size", "exactly"):
        reason = f"{rest!r} beside a batch size is not understood."
        raise RequestError(FIELD, part, reason, ("batch size 4", "batch size at most 4"))
    side = side_in(words)
    if side is None:
        return Choice("batch_size", (str(int(match["number"])),))
    return Range("batch_size", side, float(match["number"]))


def _choice(phrase: str) -> Choice | None:
    """The lever's value that a phrase names, where it names just one."""
    negated = NEGATION.match(phrase)
    words = normal(phrase[negated.end() :] if negated else phrase)
    words = words.removeprefix("on ").removesuffix(" only")
    named = SAID.get(words) or _CHOICES.get(words)
    if named is None:
        return None
    return Choice(named.field, named.values, named.excluded is not bool(negated))


def _names() -> Iterator[tuple[str, Choice]]:
    """Each value by itself, and with its lever before or after it."""
    for field, axis in AXES.items():
        for value, row in axis.rows.items() if field not in QUESTION_FIELDS else ():
            choice = Choice(field, (str(value),))
            for name in {str(value), str(value).replace("_", " "), row.label}:
                yield normal(name), choice
                for lever in {axis.label, field, field.replace("_", " ")}:
                    yield normal(f"{lever} {name}"), choice
                    yield normal(f"{name} {lever}"), choice
    for key in entries():
        for name in (key, f"model {key}"):
            yield normal(name), Choice("model", (key,))


def _unambiguous() -> dict[str, Choice]:
    found: dict[str, set[Choice]] = {}
    for name, choice in _names():
        found.setdefault(name, set()).add(choice)
    return {name: next(iter(choices)) for name, choices in found.items() if len(choices) == 1}


_CHOICES = _unambiguous()
