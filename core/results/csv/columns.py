"""The readable columns of a run's row in a CSV: a field, a metric or a fact each.

They follow from the record of the run, which `core.results.csv.record` adds behind them, so that an
import can tell whether somebody has changed one.
"""

import json
from collections.abc import Callable, Sequence
from functools import lru_cache

from core.results.csv.cells import Cell
from core.results.metric import Metric
from core.results.stored import StoredRun
from core.results.types import RunFailure, RunResult
from core.variants.request import FIELDS, flat_values
from core.variants.spec import RunSpec

RUN_ID, STATUS = "run_id", "status"
Column = tuple[str, Callable[[StoredRun], Cell]]


def readable_columns(metrics: Sequence[Metric]) -> list[Column]:
    """Names, and how each is read off a run; an unknown value is None."""
    return [
        (RUN_ID, lambda run: run.run_id),
        ("spec_id", lambda run: run.spec.id),
        (STATUS, lambda run: run.status),
        ("submitted_at", lambda run: run.submitted_at.isoformat()),
        ("started_at", _of_result(_started_at)),
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


def _started_at(result: RunResult) -> Cell:
    return result.started_at.isoformat() if result.started_at else None


def _field(field: str) -> Callable[[StoredRun], Cell]:
    return lambda run: _fields(run.spec).get(field)


@lru_cache(maxsize=64)
def _fields(spec: RunSpec) -> dict[str, Cell]:
    """Kept for the row's other cells; a list of texts as Python writes it."""
    return {
        name: str(value) if isinstance(value, list) else value
        for name, value in flat_values(spec).items()
    }


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
