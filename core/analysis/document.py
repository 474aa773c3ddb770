"""A run as one JSON document, the same for the command line, exports and downloads."""

from typing import Any

from core.analysis.cost import cost_metrics
from core.analysis.effective import effective_differences
from core.results.metrics import METRICS
from core.results.stored import DONE, StoredRun
from core.results.types import Memory, Outcome, Quality, RunFailure, RunResult
from core.variants.spec import RunSpec

PARTS = ("effective", "environment", "latency", "memory", "quality", "cost", "output", "trust")


def document(run: StoredRun | Outcome, usd_per_hour: float) -> dict[str, Any]:
    """Everything known of a run, in plain JSON values; a part that is not known is null.

    Cost is derived from the price given here: it is never stored.
    """
    if isinstance(run, StoredRun):
        return {**_document_of_stored(run, usd_per_hour), "tags": run.tags, "note": run.note}
    return _document(run, usd_per_hour)


def _document_of_stored(run: StoredRun, usd_per_hour: float) -> dict[str, Any]:
    if run.outcome is not None:
        return _document(run.outcome, usd_per_hour)
    unfinished = _head(run.run_id, run.status, run.spec)
    return {**unfinished, "phase": run.phase, "submitted_at": run.submitted_at.isoformat()}


def _document(outcome: Outcome, usd_per_hour: float) -> dict[str, Any]:
    status = DONE if isinstance(outcome, RunResult) else str(outcome.kind)
    head = {
        **_head(outcome.run_id, status, outcome.spec),
        "submitted_at": outcome.submitted_at.isoformat(),
        "finished_at": outcome.finished_at.isoformat(),
    }
    if isinstance(outcome, RunFailure):
        return {**head, "failure": _failure(outcome)}
    return {**head, **_parts(outcome, usd_per_hour)}


def _head(run_id: str, status: str, spec: RunSpec) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "spec_id": spec.id,
        "status": status,
        "variant": spec.variant.model_dump(mode="json"),
        "workload": spec.workload.model_dump(mode="json"),
        **dict.fromkeys(PARTS),
        "failure": None,
    }


def _failure(failure: RunFailure) -> dict[str, Any]:
    keep = {"kind", "message", "field", "phase", "needed_bytes", "free_bytes"}
    return failure.model_dump(mode="json", include=keep)


def _parts(result: RunResult, usd_per_hour: float) -> dict[str, Any]:
    plain = result.model_dump(mode="json")
    cost = {metric.key: metric.read(result) for metric in cost_metrics(usd_per_hour)}
    return {
        "effective": {
            **plain["effective"],
            "differences": list(effective_differences(result)),
        },
        "environment": plain["environment"],
        "latency": _latency(result, plain),
        "memory": plain["memory"],
        "quality": plain["quality"],
        "quality_missing": result.quality_missing,
        "cost": {"usd_per_hour": usd_per_hour, **cost},
        "output": plain["output"],
        "trust": plain["trust"],
    }


def _latency(result: RunResult, plain: dict[str, Any]) -> dict[str, Any]:
    elsewhere = {*Memory.model_fields, *Quality.model_fields}
    known = {m.key: m.read(result) for m in METRICS if m.key not in elsewhere}
    return {
        **known,
        "was_resident": result.times.was_resident,
        "phases_s": plain["times"]["phases_s"],
        "quality_s": result.times.quality_s,
        "samples": plain["samples"],
    }
