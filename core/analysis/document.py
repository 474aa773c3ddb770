"""A run as one JSON document, the same for the command line, exports and downloads."""

import json
import math
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from core.analysis.cost import cold_start_usd, cost_metrics
from core.analysis.economics import economics
from core.analysis.effective import effective_differences
from core.analysis.physics import Part
from core.analysis.roofline import ROOFLINE_METRICS, roofline_of
from core.analysis.why import why_line
from core.results.columns import DONE
from core.results.energy import ENERGY_METRICS
from core.results.measured import Quality
from core.results.metrics import METRICS
from core.results.passes import PASSES_METRICS, passes_in_words
from core.results.stored import StoredRun
from core.results.types import Outcome, RunFailure, RunResult
from core.variants.compilation import Compilation
from core.variants.spec import RunSpec

PARTS = (
    "effective",
    "endpoint",
    "environment",
    "latency",
    "passes",
    "memory",
    "quality",
    "energy",
    "task",
    "roofline",
    "cost",
    "economics",
    "output",
    "trust",
)
KEYS_ELSEWHERE = {metric.key for metric in (*ENERGY_METRICS, *PASSES_METRICS)}
WITH_A_PART_OF_THEIR_OWN = {*Quality.model_fields, "task_accuracy", *KEYS_ELSEWHERE}


def document(
    run: StoredRun | Outcome, usd_per_hour: float | None, twin: RunResult | None = None
) -> dict[str, Any]:
    """Everything known of a run, in plain JSON values; a part that is not known is null.

    Cost is derived from the price given here: it is never stored. `twin` is the same run
    uncompiled, which a compiled one is held against.
    """
    if isinstance(run, StoredRun):
        labels = {"tags": list(run.tags), "note": run.note}
        return {**_document_of_stored(run, usd_per_hour, twin), **labels}
    return _document(run, usd_per_hour, twin)


def json_list(documents: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Documents as the text of one JSON list, a part for each, so that they need not be in memory
    together; NaN and infinity are not JSON and are an error.
    """
    separator = "[\n"
    for each in documents:
        text = json.dumps(each, indent=2, ensure_ascii=False, allow_nan=False)
        yield separator + textwrap.indent(text, "  ")
        separator = ",\n"
    yield "[]" if separator == "[\n" else "\n]"


def _document_of_stored(
    run: StoredRun, usd_per_hour: float | None, twin: RunResult | None
) -> dict[str, Any]:
    if run.outcome is not None:
        return _document(run.outcome, usd_per_hour, twin)
    unfinished = _head(run.run_id, run.status, run.spec)
    times = {"submitted_at": run.submitted_at.isoformat(), "finished_at": None}
    return {**unfinished, **times, "phase": run.phase}


def _document(
    outcome: Outcome, usd_per_hour: float | None, twin: RunResult | None
) -> dict[str, Any]:
    status = DONE if isinstance(outcome, RunResult) else str(outcome.kind)
    head = {
        **_head(outcome.run_id, status, outcome.spec),
        "submitted_at": outcome.submitted_at.isoformat(),
        "finished_at": outcome.finished_at.isoformat(),
    }
    if isinstance(outcome, RunFailure):
        return {**head, "failure": _failure(outcome)}
    head["started_at"] = outcome.started_at.isoformat() if outcome.started_at else None
    bought = economics(outcome, twin, usd_per_hour)
    return {**head, **_parts(outcome, usd_per_hour), "economics": _json_safe(bought)}


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


def _parts(result: RunResult, usd_per_hour: float | None) -> dict[str, Any]:
    plain = result.model_dump(mode="json")
    metrics = {metric: metric.read(result) for metric in METRICS}
    in_bytes = {m.key: value for m, value in metrics.items() if m.unit == "bytes"}
    in_latency = {
        m.key: value
        for m, value in metrics.items()
        if m.key not in in_bytes and m.key not in WITH_A_PART_OF_THEIR_OWN
    }
    parts = {
        "effective": {**plain["effective"], "differences": list(effective_differences(result))},
        "endpoint": plain["endpoint"],
        "environment": plain["environment"],
        "latency": {**in_latency, **_raw_latency(result, plain)},
        "passes": _passes(result, plain),
        "memory": {**plain["memory"], **in_bytes},
        "quality": plain["quality"],
        "quality_missing": result.quality_missing,
        "energy": _energy(result, plain),
        "energy_missing": result.energy_missing,
        "task": plain["task"],
        "roofline": _roofline(result, plain),
        "cost": _cost(result, usd_per_hour),
        "output": plain["output"],
        "trust": plain["trust"],
    }
    return {name: _json_safe(part) for name, part in parts.items()}


def _raw_latency(result: RunResult, plain: dict[str, Any]) -> dict[str, Any]:
    return {
        "was_resident": result.times.was_resident,
        "phases_s": plain["times"]["phases_s"],
        "quality_s": result.times.quality_s,
        "samples": plain["samples"],
    }


def _passes(result: RunResult, plain: dict[str, Any]) -> dict[str, Any]:
    return {
        **(plain["passes"] or {}),
        **{metric.key: metric.read(result) for metric in PASSES_METRICS},
        "words": list(passes_in_words(result)),
    }


def _energy(result: RunResult, plain: dict[str, Any]) -> dict[str, Any] | None:
    if result.energy is None:
        return None
    return {**plain["energy"], **{metric.key: metric.read(result) for metric in ENERGY_METRICS}}


def _roofline(result: RunResult, plain: dict[str, Any]) -> dict[str, Any]:
    """What bounds the run and how far it is from the least time; null where it cannot be told."""
    roofline = roofline_of(result)
    datasheet = roofline.datasheet if roofline else None
    return {
        "why": why_line(result, roofline),
        "bound": roofline.bound if roofline else None,
        **{metric.key: metric.read(result) for metric in ROOFLINE_METRICS},
        "prefill": _part(roofline.prefill) if roofline else None,
        "decode": _part(roofline.decode) if roofline and roofline.decode else None,
        "model": plain["model"],
        "ceilings": plain["environment"]["ceilings"],
        "datasheet": asdict(datasheet) if datasheet else None,
    }


def _part(part: Part) -> dict[str, float | str | None]:
    return {
        "bound": part.bound,
        "mbu": part.mbu,
        "mfu": part.mfu,
        "seconds": part.seconds,
        "least_s": part.least_s,
        "passes": part.passes,
        "bytes": part.bytes,
        "flops": part.flops,
    }


def _cost(result: RunResult, usd_per_hour: float | None) -> dict[str, float | None]:
    costs = {metric.key: metric.read(result) for metric in cost_metrics(usd_per_hour)}
    return {"usd_per_hour": usd_per_hour, **costs, "usd_cold_start": _cold(result, usd_per_hour)}


def _cold(result: RunResult, usd_per_hour: float | None) -> float | None:
    """Loading, and compiling where that was asked, at this price; None where either is unknown."""
    load_s, compile_s = result.times.load_s, result.times.compile_s
    if result.spec.variant.compile is Compilation.OFF:
        compile_s = 0.0
    if load_s is None or compile_s is None or usd_per_hour is None:
        return None
    return cold_start_usd(usd_per_hour, load_s, compile_s, requests=1)


def _json_safe(value: Any) -> Any:
    """The value with null for NaN and infinity, which JSON does not have."""
    if isinstance(value, dict):
        return {key: _json_safe(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_json_safe(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
