"""A whole history as JSON Lines: each run with its outcome, tags and note, each experiment with the
runs that answered it. What it holds goes the ordinary way into another history, so that it outlives
every change of the tables.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from core.errors import HistoryError, RequestError
from core.results.columns import DONE, stamp
from core.results.experiments import ENDS, ExperimentRow, ExperimentRun, Experiments
from core.results.history import History
from core.results.queries import EVERY_RUN
from core.results.schema import experiment_runs, experiments
from core.results.stored import StoredRun, ended_run
from core.results.taking_in import take_in
from core.results.types import Outcome, RunFailure, RunResult

RUN, EXPERIMENT = "run", "experiment"
STORED = ("experiment_id", "kind", "title", "created_at", "finished_at", "status")


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
        except (ValueError, KeyError, TypeError, AttributeError, RequestError) as error:
            what = str(error).splitlines()[0]
            raise HistoryError(f"Line {number} of the archive cannot be read: {what}.") from error


def line(kind: str, content: dict[str, Any]) -> str:
    """One line of an archive."""
    return json.dumps({kind: content}, ensure_ascii=False, separators=(",", ":")) + "\n"


def _parts(text: str) -> tuple[str, dict[str, Any]]:
    ((kind, content),) = json.loads(text).items()
    return kind, content


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
    return {
        "experiment_id": row.experiment_id,
        "kind": str(row.kind),
        "title": row.title,
        "created_at": stamp(row.created_at),
        "finished_at": stamp(row.finished_at) if row.finished_at else None,
        "status": str(row.status),
        "request": row.request,
        "result": row.result,
        "runs": [
            {"label": run.label, "run_id": run.run_id, "reused": run.reused} for run in linked
        ],
    }


def _store_experiment(history: History, content: dict[str, Any]) -> None:
    row = {name: content[name] for name in STORED}
    texts = {name: _text(content[name]) for name in ("request", "result")}
    links = [
        {"experiment_id": row["experiment_id"], "position": position, **run}
        for position, run in enumerate(content["runs"])
    ]
    with history.writing() as connection:
        connection.execute(experiments.insert().values(**row, **texts))
        if links:
            connection.execute(experiment_runs.insert(), links)


def _text(content: dict[str, Any] | None) -> str | None:
    return None if content is None else json.dumps(content, allow_nan=False)
