"""The history as CSV: a row per run, a column per field and metric, safe for spreadsheets."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence

from core.results.lists import RunsInFull
from core.results.metrics import Metric
from core.results.stored import DAMAGED, UNREADABLE, StoredRun
from core.results.types import RunFailure, RunResult
from core.variants.request import FIELDS, flat_values

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
Cell = str | int | float | bool | None
Column = tuple[str, Callable[[StoredRun], Cell]]


def to_csv(found: Iterable[RunsInFull], metrics: Sequence[Metric]) -> Iterator[str]:
    """CSV text in parts, a header first; an unknown value is an empty cell, numbers are in full.

    A text that a spreadsheet would take for a formula begins with an apostrophe. Runs of which
    only the id can be read stand last.
    """
    columns = _columns(metrics)
    damaged: list[str] = []
    yield csv_text([[name for name, _ in columns]])
    for part in found:
        damaged += part.damaged
        yield csv_text([read(run) for _, read in columns] for run in part.runs)
    for run_id in damaged:
        known = {"run_id": run_id, "status": UNREADABLE, "failure_message": DAMAGED}
        yield csv_text([[known.get(name) for name, _ in columns]])


def csv_text(lines: Iterable[Sequence[Cell]]) -> str:
    """CSV of these lines; what a spreadsheet would take for a formula becomes text."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([_cell(value) for value in line] for line in lines)
    return out.getvalue()


def _columns(metrics: Sequence[Metric]) -> list[Column]:
    return [
        ("run_id", lambda run: run.run_id),
        ("spec_id", lambda run: run.spec.id),
        ("status", lambda run: run.status),
        ("submitted_at", lambda run: run.submitted_at.isoformat()),
        ("finished_at", lambda run: run.finished_at.isoformat() if run.finished_at else None),
        ("host_name", lambda run: run.host_name),
        *((field, _field(field)) for field in FIELDS),
        *((metric.key, _metric(metric)) for metric in metrics),
        ("trust", _of_result(lambda result: str(result.trust.grade))),
        ("trust_reasons", _of_result(lambda result: " ".join(result.trust.reasons))),
        ("device_name", _of_result(lambda result: result.environment.device_name)),
        ("prompt_token_count", _of_result(lambda result: result.output.prompt_tokens)),
        ("new_token_count", _of_result(lambda result: sum(result.output.new_tokens))),
        ("output_text", _of_result(lambda result: result.output.text)),
        ("warmup_samples_s", _of_result(lambda result: json.dumps(result.samples.warmup_s))),
        ("e2e_samples_s", _of_result(lambda result: json.dumps(result.samples.e2e_s))),
        ("token_samples_s", _of_result(lambda result: json.dumps(result.samples.token_s))),
        ("request_samples_s", _of_result(lambda result: json.dumps(result.samples.request_s))),
        ("failure_message", _failure_message),
        ("tags", lambda run: ", ".join(run.tags)),
        ("note", lambda run: run.note),
    ]


def _field(field: str) -> Callable[[StoredRun], Cell]:
    return lambda run: flat_values(run.spec).get(field)


def _metric(metric: Metric) -> Callable[[StoredRun], Cell]:
    """A stored metric as it was stored; one that needs a price is read now."""

    def read(run: StoredRun) -> Cell:
        if metric.key in run.metrics:
            return run.metrics[metric.key]
        return metric.read(run.outcome) if isinstance(run.outcome, RunResult) else None

    return read


def _of_result(read: Callable[[RunResult], Cell]) -> Callable[[StoredRun], Cell]:
    return lambda run: read(run.outcome) if isinstance(run.outcome, RunResult) else None


def _failure_message(run: StoredRun) -> Cell:
    return run.outcome.message if isinstance(run.outcome, RunFailure) else None


def _cell(value: Cell) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return value
