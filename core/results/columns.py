"""What the history stores of a run: its columns from the spec, the outcome and what people add.

Knows the tables' columns, not how a database is asked; `stored` is the way back.
"""

import json
import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from core.results.hardware import hardware_of
from core.results.identity import environment_id, levers_of, question_id
from core.results.measured import Phase
from core.results.metrics import METRICS
from core.results.types import Outcome, RunFailure, RunResult
from core.variants.spec import RunSpec

QUEUED, RUNNING, DONE = "queued", "running", "done"
LONGEST_LISTED_PROMPT = 500
SEARCHED = (
    "run_id", "model", "weights", "precision", "attention", "compile", "kv_cache", "device",
    "host_name", "prompt", "message", "note",
)  # fmt: skip

Metrics = dict[str, float | None]
Bounds = dict[str, tuple[float, float] | None]


def spec_columns(spec: RunSpec) -> dict[str, Any]:
    """The columns that a spec fills."""
    variant, workload = spec.variant, spec.workload
    return {
        "model": variant.model,
        "weights": str(variant.weights),
        "precision": str(variant.precision),
        "attention": str(variant.attention),
        "compile": str(variant.compile),
        "kv_cache": str(workload.kv_cache),
        "device": variant.device,
        "batch_size": workload.batch_size,
        "max_new_tokens": workload.max_new_tokens,
        "prompt": listed_prompt(spec),
        "spec": spec.model_dump_json(),
        **identity_columns(spec),
    }


def identity_columns(spec: RunSpec) -> dict[str, str]:
    """What tells a spec from others, and what it asks from other questions."""
    return {
        "spec_id": spec.id,
        "question_id": question_id(spec),
        "levers": json.dumps(levers_of(spec), sort_keys=True),
    }


def outcome_columns(outcome: Outcome, known: Metrics | None = None) -> dict[str, Any]:
    """The columns that the end of a run fills; metrics already known are not computed again."""
    common = {
        "outcome": outcome.model_dump_json(),
        "finished_at": stamp(outcome.finished_at),
    }
    if isinstance(outcome, RunFailure):
        phase = str(outcome.phase) if outcome.phase else None
        failed = {"status": str(outcome.kind), "phase": phase, "message": outcome.message}
        return {**common, **failed, "metrics": None, "grade": None}
    hardware = hardware_of(outcome.environment, outcome.spec.variant.device)
    return {
        **common,
        "status": DONE,
        "phase": str(Phase.DONE),
        **derived_columns(outcome, known),
        "environment_id": environment_id(
            outcome.environment, outcome.spec.variant.device, outcome.effective.threads
        ),
        "device_name": outcome.environment.device_name,
        "hardware_id": hardware.id,
        "hardware": str(hardware),
        "grade": str(outcome.trust.grade),
        "message": None,
        **_host_column(outcome),
    }


def _host_column(result: RunResult) -> dict[str, str]:
    """Where it was measured, if that is known; a run's owner may be on another machine."""
    name = result.environment.host_name
    return {} if name is None else {"host_name": name}


def metrics_of(result: RunResult, known: Metrics | None = None) -> Metrics:
    """Every metric of a result; those already known are not computed again."""
    known = known or {}
    return {m.key: known[m.key] if m.key in known else _finite(m.read(result)) for m in METRICS}


def intervals_of(result: RunResult) -> Bounds:
    """Low and high end of each metric that comes from samples; None where there are too few."""
    found = {m.key: m.interval(result) for m in METRICS if m.interval}
    return {
        key: (interval.low, interval.high)
        if interval and math.isfinite(interval.low) and math.isfinite(interval.high)
        else None
        for key, interval in found.items()
    }


def derived_columns(result: RunResult, known: Metrics | None = None) -> dict[str, str]:
    """The columns that follow from METRICS, as JSON; metrics already known stay as they are."""
    return {
        "metrics": json.dumps(metrics_of(result, known)),
        "intervals": json.dumps(intervals_of(result)),
    }


def searched_column(columns: Mapping[str, Any]) -> str:
    """Every text that a search looks through, apart from the status, which changes as a run goes;
    damaged tags are searched as they stand.
    """
    try:
        tags = [str(tag) for tag in json.loads(columns["tags"])]
    except (ValueError, TypeError):
        tags = [str(columns["tags"])]
    return " ".join([*(str(columns.get(name) or "") for name in SEARCHED), *tags]).casefold()


def tags_column(tags: Iterable[str]) -> str:
    """Tags without blanks and repetitions, as JSON."""
    return json.dumps(list(dict.fromkeys(tag.strip() for tag in tags if tag.strip())))


STAMP_CHARACTERS = 32


def stamp(moment: datetime) -> str:
    """A moment as text that sorts by time."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def listed_prompt(spec: RunSpec) -> str:
    """The prompt as lists show it, a long one shortened."""
    prompt = spec.workload.prompt
    if prompt is None:
        return f"{spec.workload.prompt_tokens} synthetic tokens"
    if len(prompt) <= LONGEST_LISTED_PROMPT:
        return prompt
    return f"{prompt[:LONGEST_LISTED_PROMPT]}…"
