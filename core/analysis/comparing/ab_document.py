"""A comparison as one JSON document, the same for the command line and for downloads."""

from dataclasses import asdict
from typing import Any

from core.analysis.comparing.ab import Comparison, judge
from core.analysis.document import document
from core.results.types import Outcome, RunResult

Side = tuple[Outcome, float | None, RunResult | None]


def comparison_document(a: Side, b: Side) -> dict[str, Any]:
    """B against A, and both as a run's document is: of each side its outcome, the price per hour
    in US dollars, and its uncompiled twin. Where a side has no result the verdict is null.
    """
    results = [side[0] for side in (a, b) if isinstance(side[0], RunResult)]
    found = judge(results[0], results[1]) if len(results) == 2 else None
    return {**_judged(found), "a": document(*a), "b": document(*b)}


def _judged(found: Comparison | None) -> dict[str, Any]:
    if found is None:
        return {"verdict": None, "ratio": {}, "pairs": None}
    return {
        "verdict": found.verdict,
        "ratio": {key: asdict(ratio) for key, ratio in found.ratio.items()},
        "pairs": found.pairs,
        "stopped": found.stopped,
        "told": found.told,
        "more_pairs": found.more_pairs,
        "unlike": list(found.unlike),
        "agreement": found.agreement,
        "no_agreement": found.no_agreement,
        "first_difference": found.first_difference,
        "differing": list(found.differing),
    }
