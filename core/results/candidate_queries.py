"""The questions that choosing asks of the history's tables, as statements; carried out elsewhere.

Numbers are taken out of their JSON by the database, which is several times as fast as parsing all
of it here, and needs no column for each metric.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, desc, func, or_, select

from core.results.columns import DONE, STAMP_CHARACTERS
from core.results.databases.expressions import (
    distinct_values,
    each,
    json_is_whole,
    likely,
    stored_bound,
    stored_number,
)
from core.results.metrics import BY_KEY
from core.results.queries import MEASURED, NEWEST_OF_FEW
from core.results.schema import runs

IDENTITY = (
    runs.c.run_id, runs.c.spec_id, runs.c.question_id, runs.c.environment_id, runs.c.device,
    runs.c.device_name, runs.c.hardware_id, runs.c.hardware, func.coalesce(runs.c.host_name, ""),
    runs.c.grade, runs.c.levers,
)  # fmt: skip


def measured_ids(run_ids: Collection[str] | None, filters: Mapping[str, str | int]) -> Select[Any]:
    """The ids of measured runs with these values, newest first; of these ids alone, if given."""
    query = select(runs.c.run_id).where(*_conditions(run_ids, filters))
    return query.order_by(NEWEST_OF_FEW)


def candidates(
    keys: Sequence[str], run_ids: Collection[str] | None, filters: Mapping[str, str | int]
) -> Select[Any]:
    """IDENTITY, a number for each key, then both ends of its interval for each key that has one.

    A number is LACKING where it was never derived, and NULL where it is unknown. Rows of which the
    JSON is damaged are left out before any of it is read.
    """
    return (
        select(*IDENTITY, *_values(keys), *_bounds(keys))
        .where(*_conditions(run_ids, filters), json_is_whole(runs.c.metrics))
        .where(or_(runs.c.intervals.is_(None), json_is_whole(runs.c.intervals)))
    )


def _conditions(
    run_ids: Collection[str] | None, filters: Mapping[str, str | int]
) -> list[ColumnElement[bool]]:
    """SQLite takes an equality to leave few rows, where `likely` does not say otherwise, and would
    look for given runs among all measured ones instead of by their ids.
    """
    equal = [runs.c.status == DONE, ~runs.c.deleted]
    equal += [runs.c[name] == value for name, value in filters.items()]
    return equal if run_ids is None else [_among(run_ids), *map(likely, equal)]


def _among(run_ids: Collection[str]) -> ColumnElement[bool]:
    return runs.c.run_id.in_(each(run_ids))


def questions() -> Select[Any]:
    """Each question on each hardware: models as JSON, the count, the newest and its device."""
    newest = func.max(runs.c.submitted_at.concat(runs.c.run_id))
    scope = (runs.c.question_id, runs.c.hardware_id, runs.c.hardware)
    grouped = (
        select(
            *scope,
            distinct_values(runs.c.model).label("models"),
            func.count().label("run_count"),
            func.max(runs.c.submitted_at).label("newest_at"),
            func.substr(newest, STAMP_CHARACTERS + 1).label("newest_id"),
        )
        .where(MEASURED, runs.c.question_id.is_not(None), runs.c.hardware_id.is_not(None))
        .group_by(*scope)
        .subquery()
    )
    shown = (runs.c.prompt, runs.c.max_new_tokens, runs.c.device, runs.c.device_name)
    joined = select(grouped, *shown).join(runs, runs.c.run_id == grouped.c.newest_id)
    return joined.order_by(desc(grouped.c.newest_at), grouped.c.question_id)


def measured_like(spec_id: str, environment_id: str) -> Select[Any]:
    """The id of the newest measured run of that spec in that environment."""
    this = (runs.c.spec_id == spec_id, runs.c.environment_id == environment_id)
    return select(runs.c.run_id).where(MEASURED, *this).order_by(NEWEST_OF_FEW).limit(1)


def measured_like_each(spec_ids: Collection[str], environment_id: str) -> Select[Any]:
    """The measured runs of these specs in that environment, the newest first: spec and run ids."""
    these = runs.c.spec_id.in_(each(spec_ids))
    elsewhere = map(likely, (MEASURED, runs.c.environment_id == environment_id))
    query = select(runs.c.spec_id, runs.c.run_id).where(these, *elsewhere)
    return query.order_by(NEWEST_OF_FEW)


def runs_of_each(spec_ids: Collection[str]) -> Select[Any]:
    """All runs of these specs that are not deleted, the newest first."""
    told = (runs.c.spec_id, runs.c.run_id, runs.c.status, runs.c.environment_id)
    query = select(*told).where(runs.c.spec_id.in_(each(spec_ids)), likely(~runs.c.deleted))
    return query.order_by(NEWEST_OF_FEW)


def _values(keys: Sequence[str]) -> Iterator[ColumnElement[Any]]:
    for key in keys:
        yield stored_number(runs.c.metrics, key)


def _bounds(keys: Sequence[str]) -> Iterator[ColumnElement[Any]]:
    for key in keys:
        if BY_KEY[key].interval:
            yield from (stored_bound(runs.c.intervals, key, place) for place in (0, 1))
