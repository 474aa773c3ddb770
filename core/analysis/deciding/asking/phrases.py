"""Phrases as they are compared: lower case, without filler; and the names that metrics go by."""

import re

from core.analysis.deciding.asking.words import FILLERS, KNOWN, SYNONYMS

WORDS = re.compile(r"[\w%$µ.+-]+(?::\d+)?", re.UNICODE)


def normal(phrase: str) -> str:
    """The phrase's words in lower case, filler left out."""
    words = WORDS.findall(phrase.lower().replace("/", " per ").replace("per run", "per request"))
    kept = [word.strip(".") for word in words]
    return " ".join(word for word in kept if word and word not in FILLERS and word != "-")


def _names() -> dict[str, tuple[str, ...]]:
    """By phrase, the metrics that it may mean: a metric's key, its label, its synonyms."""
    found: dict[str, list[str]] = {}
    for key, known in KNOWN.items():
        for phrase in (*SYNONYMS.get(key, ()), key, key.replace("_", " "), known.label):
            keys = found.setdefault(normal(phrase), [])
            keys += [] if key in keys else [key]
    return {phrase: tuple(keys) for phrase, keys in found.items()}


METRIC_NAMES = _names()
