"""A whole history as JSON Lines: each run with its outcome, tags and note, each experiment with the
runs that answered it. What it holds goes the ordinary way into another history, so that it outlives
every change of the tables.
"""

import json
import math
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import AwareDatetime

from core.errors import HistoryError, RequestError
from core.results.columns import DONE, stamp
from core.results.experiments import (
    ENDS,
    ExperimentKind,
    ExperimentRow,
    ExperimentRun,
    Experiments,
    ExperimentStatus,
)
from core.results.history import History
from core.results.queries import EVERY_RUN
from core.results.record import Record, no_number
from core.results.schema import experiment_runs, experiments
from core.results.stored import StoredRun, ended_run
from core.results.taking_in import take_in
from core.results.types import Outcome, RunFailure, RunResult

RUN, EXPERIMENT = "run", "experiment"
UNREADABLE = (
    ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError, RequestError,
)  # fmt: skip


class KeptLink(Record):
    """A run of an experiment, by its label in it."""

    label: str
    run_id: str
    reused: bool


class KeptExperiment(Record):
    """An experiment as an archive has it."""

    experiment_id: str
    kind: ExperimentKind
    title: str
    created_at: AwareDatetime
    finished_at: AwareDatetime | None
    status: ExperimentStatus
    request: dict[str, Any]
    result: dict[str, Any] | None
    runs: tuple[KeptLink, ...]


def written(history: History) -> Iterator[str]:
    """Everything of a history that is over and not deleted, oldest first, a line each."""
    for part in history.in_parts(reversed(history.ids(EVERY_RUN))):
        yield from (line(RUN, _run(run)) for run in part.runs if run.outcome is not None)
    kept = Experiments(history)
    for row in reversed(kept.listed()):
        if row.status in ENDS:
            yield line(EXPERIMENT, _experiment(row, kept.runs(row.experiment_id)))


def read_into(history: History, lines: Iterable[str]) -> None:
    """Store what was written. Raises HistoryError for a line that cannot be read, with its number;
    what stood before it is stored.
    """
    for number, text in enumerate(lines, 1):
        try:
            kind, content = _parts(text)
            if kind == RUN:
                _store_run(history, content)
            elif kind == EXPERIMENT:
                _store_experiment(history, content)
            else:
                raise ValueError(f"there is no kind {kind}")
        except UNREADABLE as error:
            what = str(error).splitlines()[0]
            raise HistoryError(f"Line {number} of the archive cannot be read: {what}.") from error


def line(kind: str, content: dict[str, Any]) -> str:
    """One line of an archive."""
    return json.dumps({kind: content}, ensure_ascii=False, separators=(",", ":")) + "\n"


def _parts(text: str) -> tuple[str, dict[str, Any]]:
    read = json.loads(text, parse_constant=no_number, parse_float=_finite)
    ((kind, content),) = read.items()
    return kind, content


def _finite(text: str) -> float:
    value = float(text)
    return value if math.isfinite(value) else no_number(text)


def _run(run: StoredRun) -> dict[str, Any]:
    assert run.outcome is not None
    outcome = run.outcome.model_dump(mode="json")
    kept = {"host_name": run.host_name, "tags": run.tags, "note": run.note}
    return {"status": run.status, "outcome": outcome, **kept}


def _store_run(history: History, content: dict[str, Any]) -> None:
    """Under its id and with the host that it was measured on, which is not this one."""
    done = content["status"] == DONE
    outcome: Outcome = (RunResult if done else RunFailure).model_validate(content["outcome"])
    kept = {name: content[name] for name in ("host_name", "tags", "note")}
    take_in(history, [(1, ended_run(outcome, **kept))])


def _experiment(row: ExperimentRow, linked: Iterable[ExperimentRun]) -> dict[str, Any]:
    links = [KeptLink(label=run.label, run_id=run.run_id, reused=run.reused) for run in linked]
    return {
        "experiment_id": row.experiment_id,
        "kind": str(row.kind),
        "title": row.title,
        "created_at": stamp(row.created_at),
        "finished_at": stamp(row.finished_at) if row.finished_at else None,
        "status": str(row.status),
        "request": row.request,
        "result": row.result,
        "runs": [link.model_dump() for link in links],
    }


def _store_experiment(history: History, content: dict[str, Any]) -> None:
    kept = KeptExperiment.model_validate(content)
    row = {
        "experiment_id": kept.experiment_id,
        "kind": str(kept.kind),
        "title": kept.title,
        "created_at": stamp(kept.created_at),
        "finished_at": stamp(kept.finished_at) if kept.finished_at else None,
        "status": str(kept.status),
        "request": json.dumps(kept.request, allow_nan=False),
        "result": None if kept.result is None else json.dumps(kept.result, allow_nan=False),
    }
    links = [
        {"experiment_id": kept.experiment_id, "position": position, **link.model_dump()}
        for position, link in enumerate(kept.runs)
    ]
    with history.writing() as connection:
        connection.execute(experiments.insert().values(row))
        if links:
            connection.execute(experiment_runs.insert(), links)
