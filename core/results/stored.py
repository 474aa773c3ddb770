"""What the history has stored of a run: from columns back to specs, outcomes and lines of lists.

Knows the tables' columns, not how a database is asked; `columns` is the way in.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Row

from core.errors import HistoryError
from core.results.columns import DONE, Metrics, metrics_of
from core.results.measured import Phase
from core.results.metrics import METRICS
from core.results.types import Grade, Outcome, RunFailure, RunResult
from core.variants.spec import RunSpec

KEPT = 32  # outcomes; one of many requests and tokens is some megabytes
UNREADABLE = "unreadable"
DAMAGED = "What is stored of this run is damaged."
UNKNOWN_TIME = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True)
class StoredRun:
    """Everything that the history has of one run. `status` is queued, running, done, or the kind
    of the failure; `outcome` is None until the run is over. `host_name` is the machine that it was
    measured on or is to be, None where that was not stored.
    """

    run_id: str
    spec: RunSpec
    status: str
    phase: Phase | None
    submitted_at: datetime
    finished_at: datetime | None
    host_name: str | None
    outcome: Outcome | None
    metrics: Metrics
    tags: tuple[str, ...]
    note: str
    deleted: bool


@dataclass(frozen=True)
class RunRow:
    """One line of the list of runs. `metrics` has every key of METRICS, None where unknown;
    `prompt` is shortened. A row whose stored text is damaged has the status `unreadable`.
    """

    run_id: str
    submitted_at: datetime
    status: str
    model: str
    weights: str
    precision: str
    attention: str
    compile: str
    kv_cache: str
    device: str
    host_name: str | None
    batch_size: int
    max_new_tokens: int
    prompt: str
    trust: Grade | None
    metrics: Metrics
    message: str
    tags: tuple[str, ...]
    note: str
    deleted: bool


def ended_run(
    outcome: Outcome,
    *,
    host_name: str | None,
    tags: Iterable[str],
    note: str,
    times: tuple[datetime, datetime] | None = None,
) -> StoredRun:
    """A run that is over, as the history will have it; its metrics are derived from its samples.
    `times` are when it was submitted and finished by the history, by default by the outcome.
    """
    submitted_at, finished_at = times or (outcome.submitted_at, outcome.finished_at)
    return StoredRun(
        run_id=outcome.run_id,
        spec=outcome.spec,
        status=DONE if isinstance(outcome, RunResult) else str(outcome.kind),
        phase=Phase.DONE if isinstance(outcome, RunResult) else outcome.phase,
        submitted_at=submitted_at.astimezone(UTC),
        finished_at=finished_at.astimezone(UTC),
        host_name=host_name,
        outcome=outcome,
        metrics=metrics_of(outcome) if isinstance(outcome, RunResult) else {},
        tags=tuple(tags),
        note=note,
        deleted=False,
    )


def stored_run(record: Row[Any]) -> StoredRun:
    """A whole row of the table; raises HistoryError where its text is damaged."""
    try:
        outcome = outcome_of(record)
        known = _metrics(record.metrics)
        return StoredRun(
            run_id=record.run_id,
            spec=RunSpec.model_validate_json(record.spec),
            status=record.status,
            phase=Phase(record.phase) if record.phase else None,
            submitted_at=datetime.fromisoformat(record.submitted_at),
            finished_at=datetime.fromisoformat(record.finished_at) if record.finished_at else None,
            host_name=record.host_name,
            outcome=outcome,
            metrics=metrics_of(outcome, known) if isinstance(outcome, RunResult) else {},
            tags=_tags(record.tags),
            note=record.note,
            deleted=bool(record.deleted),
        )
    except (ValueError, TypeError) as error:
        what = str(error).splitlines()[0]
        raise HistoryError(f"Run {record.run_id} is stored, but damaged: {what}.") from error


def outcome_of(record: Row[Any]) -> Outcome | None:
    """The stored outcome; raises ValueError where it is damaged."""
    if record.outcome is None:
        return None
    return _read(record.outcome, RunResult if record.status == DONE else RunFailure)


@lru_cache(maxsize=KEPT)
def _read(text: str, kind: type[Outcome]) -> Outcome:
    """Kept by its very text, since a page reads the same few runs again after each click."""
    outcome: Outcome = kind.model_validate_json(text)
    return outcome


def run_row(record: Row[Any]) -> RunRow:
    """A line of the list; one whose text is damaged is shown as such and hides no other."""
    try:
        return _row(record, record.status, _metrics(record.metrics), _tags(record.tags))
    except (ValueError, TypeError):
        return _row(record, UNREADABLE, {}, ())


def lacks_metrics(record: Row[Any]) -> bool:
    """Whether METRICS has gained a row since this result was stored; told without parsing it."""
    text = record.metrics or ""
    return record.status == DONE and any(f'"{metric.key}"' not in text for metric in METRICS)


def _row(record: Row[Any], status: str, metrics: Metrics, tags: tuple[str, ...]) -> RunRow:
    damaged = status == UNREADABLE
    return RunRow(
        run_id=record.run_id,
        submitted_at=_time_or_unknown(record.submitted_at)
        if damaged
        else datetime.fromisoformat(record.submitted_at),
        status=status,
        model=record.model,
        weights=record.weights,
        precision=record.precision,
        attention=record.attention,
        compile=record.compile,
        kv_cache=record.kv_cache,
        device=record.device,
        host_name=record.host_name,
        batch_size=record.batch_size,
        max_new_tokens=record.max_new_tokens,
        prompt=record.prompt,
        trust=Grade(record.grade) if record.grade and not damaged else None,
        metrics={metric.key: metrics.get(metric.key) for metric in METRICS},
        message=DAMAGED if damaged else record.message or "",
        tags=tags,
        note=record.note,
        deleted=bool(record.deleted),
    )


def _time_or_unknown(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except (ValueError, TypeError):
        return UNKNOWN_TIME


def _metrics(text: str | None) -> Metrics:
    values = json.loads(text) if text else {}
    if not isinstance(values, dict):
        raise TypeError("metrics are not a JSON object")
    for key, value in values.items():
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise TypeError(f"the metric {key} is not a number")
    return values


def _tags(text: str) -> tuple[str, ...]:
    tags = json.loads(text)
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise TypeError("tags are not a JSON list of texts")
    return tuple(tags)
