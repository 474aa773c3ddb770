"""Questions of many runs, such as a sweep: what was asked, and what came out, beside the runs."""

import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic_core import from_json
from sqlalchemy import Row, Select, desc, func, select

from core.errors import HistoryError, RequestError
from core.results.columns import stamp
from core.results.history import History
from core.results.owner import this_process
from core.results.schema import experiment_runs, experiments
from core.results.types import now
from core.results.unfinished import alive, owner_columns, owner_of, process_of, silence_of


class ExperimentKind(StrEnum):
    """What an experiment asks."""

    SWEEP = "sweep"
    CLAIM = "claim"
    LOAD = "load"


class ExperimentStatus(StrEnum):
    """How far an experiment is. It is interrupted where it was running and its process is gone."""

    RUNNING = "running"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    DONE = "done"


TRIAL_LABEL = "trial"
"""Of runs that only tell how long an experiment will take: they answer nothing that it asks."""
ENDS = (ExperimentStatus.STOPPED, ExperimentStatus.DONE)


@dataclass(frozen=True)
class ExperimentRow:
    """One experiment: what was asked, what came out, and the latter as the JSON that is stored."""

    experiment_id: str
    kind: ExperimentKind
    title: str
    created_at: datetime
    finished_at: datetime | None
    status: ExperimentStatus
    request: dict[str, Any]
    result: dict[str, Any] | None
    result_text: str | None


@dataclass(frozen=True)
class ExperimentRun:
    """One run of an experiment, by its place and its label in it, measured before if reused."""

    position: int
    label: str
    run_id: str
    reused: bool


class Experiments:
    """All experiments, in the history's database; raises HistoryError where that fails."""

    def __init__(self, history: History) -> None:
        self._history = history

    def begin(self, kind: ExperimentKind, title: str, request: dict[str, Any]) -> str:
        """Store an experiment as it begins, owned by this process, and return its id."""
        begun = now()
        experiment_id = f"{begun:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
        new = {
            "experiment_id": experiment_id,
            "kind": str(kind),
            "title": title,
            "created_at": stamp(begun),
            "status": str(ExperimentStatus.RUNNING),
            "request": json.dumps(request, allow_nan=False),
            **owner_columns(),
        }
        with self._history.writing() as connection:
            connection.execute(experiments.insert().values(new))
        return experiment_id

    def take_up(self, experiment_id: str) -> None:
        """Run an experiment again, owned by this process from now on.

        Raises RequestError where it is unknown, or where another living process runs it.
        """
        with self._history.writing() as connection:
            record = connection.execute(_of(experiment_id)).first()
            if record is None:
                raise _unknown(experiment_id)
            if _runs_elsewhere(record):
                told = process_of(record)
                raise RequestError("experiment_id", experiment_id, f"{told} runs it now.")
            status = {"status": str(ExperimentStatus.RUNNING), "finished_at": None}
            connection.execute(_change(experiment_id).values(**status, **owner_columns()))

    def link(self, experiment_id: str, label: str, run_id: str, reused: bool = False) -> None:
        """Add a run as it is submitted, so that a crash leaves evidence of it.

        Raises RequestError for an unknown experiment.
        """
        of_experiment = experiment_runs.c.experiment_id == experiment_id
        with self._history.writing() as connection:
            if connection.execute(_of(experiment_id)).first() is None:
                raise _unknown(experiment_id)
            linked = select(func.max(experiment_runs.c.position)).where(of_experiment)
            last = connection.execute(linked).scalar()
            new = {"label": label, "run_id": run_id, "reused": reused}
            position = 0 if last is None else last + 1
            connection.execute(
                experiment_runs.insert().values(
                    experiment_id=experiment_id, position=position, **new
                )
            )

    def keep(self, experiment_id: str, result: dict[str, Any]) -> None:
        """Store what has come out so far of an experiment that goes on.

        Raises RequestError for an unknown experiment.
        """
        values = {"result": json.dumps(result, allow_nan=False)}
        with self._history.writing() as connection:
            if connection.execute(_change(experiment_id).values(values)).rowcount == 0:
                raise _unknown(experiment_id)

    def end(
        self,
        experiment_id: str,
        status: ExperimentStatus,
        result: dict[str, Any] | None = None,
    ) -> None:
        """Store that an experiment is stopped or done; without a result an earlier one stays.

        Raises RequestError for an unknown experiment, and for a status that is no end.
        """
        if status not in ENDS:
            raise RequestError("status", str(status), "it is no end of an experiment.", ENDS)
        values: dict[str, Any] = {"status": str(status), "finished_at": stamp(now())}
        if result is not None:
            values["result"] = json.dumps(result, allow_nan=False)
        with self._history.writing() as connection:
            if connection.execute(_change(experiment_id).values(values)).rowcount == 0:
                raise _unknown(experiment_id)

    def get(self, experiment_id: str) -> ExperimentRow | None:
        """One experiment; None for an unknown id, HistoryError for a damaged one."""
        with self._history.reading() as connection:
            record = connection.execute(_of(experiment_id)).first()
        return _row(record) if record else None

    def listed(self, kind: ExperimentKind | None = None, limit: int = 50) -> list[ExperimentRow]:
        """Experiments of one kind or of all, newest first; damaged ones are passed over."""
        with self._history.reading() as connection:
            records = connection.execute(_newest_first(_all(), kind).limit(limit)).all()
        return [row for record in records if (row := _row_or_none(record))]

    def matching(
        self, kind: ExperimentKind, wanted: Callable[[str], bool]
    ) -> Iterator[ExperimentRow]:
        """All of a kind whose request, as JSON, is wanted, newest first; read one by one."""
        asked = select(experiments.c.experiment_id, experiments.c.request)
        with self._history.reading() as connection:
            found = connection.execute(_newest_first(asked, kind)).all()
        for experiment_id in (key for key, text in found if wanted(text)):
            with self._history.reading() as connection:
                record = connection.execute(_of(experiment_id)).first()
            if record and (row := _row_or_none(record)):
                yield row

    def runs(self, experiment_id: str) -> tuple[ExperimentRun, ...]:
        """The runs of an experiment in the order of linking; none for an unknown id."""
        columns = [experiment_runs.c[name] for name in ("position", "label", "run_id", "reused")]
        linked = select(*columns).where(experiment_runs.c.experiment_id == experiment_id)
        with self._history.reading() as connection:
            records = connection.execute(linked.order_by(experiment_runs.c.position)).all()
        return tuple(ExperimentRun(*record) for record in records)


def _of(experiment_id: str) -> Select[Any]:
    return _all().where(experiments.c.experiment_id == experiment_id)


def _all() -> Select[Any]:
    return select(experiments, silence_of(experiments))


def _newest_first(query: Select[Any], kind: ExperimentKind | None) -> Select[Any]:
    ordered = query.order_by(desc(experiments.c.created_at), desc(experiments.c.experiment_id))
    return ordered if kind is None else ordered.where(experiments.c.kind == str(kind))


def _change(experiment_id: str) -> Any:
    return experiments.update().where(experiments.c.experiment_id == experiment_id)


def _unknown(experiment_id: str) -> RequestError:
    return RequestError("experiment_id", experiment_id, "the history has no such experiment.")


def _runs_elsewhere(record: Row[Any]) -> bool:
    running = record.status == ExperimentStatus.RUNNING and alive(record)
    return running and owner_of(record) != this_process()


def _row(record: Row[Any]) -> ExperimentRow:
    """Raises HistoryError where its text is damaged."""
    try:
        status = ExperimentStatus(record.status)
        if status is ExperimentStatus.RUNNING and not alive(record):
            status = ExperimentStatus.INTERRUPTED
        return ExperimentRow(
            experiment_id=record.experiment_id,
            kind=ExperimentKind(record.kind),
            title=record.title,
            created_at=datetime.fromisoformat(record.created_at),
            finished_at=datetime.fromisoformat(record.finished_at) if record.finished_at else None,
            status=status,
            request=_object(record.request),
            result=None if record.result is None else _object(record.result),
            result_text=record.result,
        )
    except (ValueError, TypeError) as error:
        what = f"Experiment {record.experiment_id} is stored, but damaged"
        raise HistoryError(f"{what}: {error}.") from error


def _row_or_none(record: Row[Any]) -> ExperimentRow | None:
    try:
        return _row(record)
    except HistoryError:
        return None


def _object(text: str) -> dict[str, Any]:
    value = from_json(text)  # json.loads takes 2.6 times as long, and load tests have megabytes
    if not isinstance(value, dict):
        raise TypeError("it is no JSON object")
    return value
