"""Candidates for tests of choosing: numbers by metric, with intervals where they are given."""

from collections.abc import Mapping
from typing import Any

from core.results.candidate import Candidate
from core.results.statistics import Interval
from core.results.types import Grade

LEVERS: dict[str, str | int] = {
    "model": "smollm2-135m",
    "weights": "trained",
    "precision": "fp32",
    "attention": "sdpa",
    "compile": "off",
    "kv_cache": "dynamic",
    "batch_size": 1,
}


def a_candidate(
    run_id: str = "run-1",
    values: Mapping[str, float | None] | None = None,
    intervals: Mapping[str, tuple[float, float]] | None = None,
    *,
    trust: Grade = Grade.A,
    levers: Mapping[str, str | int] | None = None,
    **changes: Any,
) -> Candidate:
    """A run of the bundled model on a CPU, whose levers are as usual but for these."""
    parts: dict[str, Any] = {
        "spec_id": f"spec of {run_id}",
        "question_id": "q",
        "environment_id": "e",
        "device": "cpu",
        "device_name": "Example CPU",
        "hardware_id": "h",
        "hardware": "Example CPU, 2 processors",
        "host": "",
    }
    return Candidate(
        run_id=run_id,
        trust=trust,
        levers={**LEVERS, **(levers or {})},
        values=dict(values or {}),
        intervals={key: Interval(*ends) for key, ends in (intervals or {}).items()},
        **{**parts, **changes},
    )
