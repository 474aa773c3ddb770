"""The runs that a run is held against: its model's baseline, those like it, its uncompiled twin."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row

from core.errors import HistoryError, RequestError
from core.results import queries
from core.results.schema import baselines, runs
from core.results.store import Store
from core.results.stored import stored_run
from core.results.twins import twins_of
from core.results.types import RunResult
from core.variants.spec import RunSpec


class Baselines(Store):
    """What the history knows of runs to compare with."""

    def pin_baseline(self, model: str, run_id: str) -> None:
        """Compare runs of that model with this run from now on; raises RequestError for one that
        is no measured run of that model.
        """
        known = queries.measured_of(model).where(runs.c.run_id == run_id)
        with self.writing() as connection:
            if connection.execute(known).first() is None:
                raise RequestError("run_id", run_id, f"it is no measured run of {model}.")
            connection.execute(baselines.delete().where(baselines.c.model == model))
            connection.execute(baselines.insert().values(model=model, run_id=run_id))

    def unpin_baseline(self, model: str) -> None:
        """Go back to the first fp32 run of that model."""
        with self.writing() as connection:
            connection.execute(baselines.delete().where(baselines.c.model == model))

    def pinned_baseline(self, model: str) -> str | None:
        """The id of the run that was pinned, where one was and is still shown."""
        with self.reading() as connection:
            return connection.execute(queries.pinned(model)).scalar()

    def baseline(self, model: str) -> RunResult | None:
        """The pinned run of that model, or its first fp32 run; None where there is neither."""
        with self.reading() as connection:
            pinned = connection.execute(queries.pinned(model)).first()
            query = queries.pinned(model) if pinned else queries.default_baselines(model)
            return next(_results(connection, connection.execute(query).scalars()), None)

    def similar_results(self, spec: RunSpec, limit: int = 5) -> list[RunResult]:
        """Measured runs of its model and device: first those with its very levers, the newest."""
        with self.reading() as connection:
            ids = connection.execute(queries.similar(spec, limit)).scalars()
            return list(_results(connection, ids))

    def uncompiled_twin(self, spec: RunSpec) -> RunResult | None:
        """The newest measured run that differs from a compiled one in compiling alone."""
        with self.reading() as connection:
            candidates = _asked(connection.execute(queries.uncompiled(spec)))
            twins = [run.run_id for run in twins_of(spec, candidates)]
            return next(_results(connection, twins), None)


@dataclass(frozen=True)
class Asked:
    """A run as far as its spec says what it is."""

    run_id: str
    spec: RunSpec


def _asked(records: Iterable[Row[Any]]) -> Iterator[Asked]:
    """Runs with their specs, each different one read once; damaged ones are passed over."""
    read: dict[str, RunSpec | None] = {}
    for record in records:
        if record.spec not in read:
            read[record.spec] = _spec_or_none(record.spec)
        spec = read[record.spec]
        if spec is not None:
            yield Asked(record.run_id, spec)


def _spec_or_none(text: str) -> RunSpec | None:
    try:
        return RunSpec.model_validate_json(text)
    except (ValueError, RequestError):
        return None


def _results(connection: Connection, run_ids: Iterable[str]) -> Iterator[RunResult]:
    """The results of these runs; damaged ones are passed over."""
    for run_id in run_ids:
        try:
            outcome = stored_run(connection.execute(queries.run(run_id)).one()).outcome
        except HistoryError:
            continue
        if isinstance(outcome, RunResult):
            yield outcome
