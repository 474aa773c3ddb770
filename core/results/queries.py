"""The questions that the history asks of its tables, as statements; carried out elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    desc,
    func,
    literal,
    not_,
    or_,
    select,
    union_all,
)

from core.results.columns import DONE, listed_prompt
from core.results.databases.expressions import WORDS, contains
from core.results.schema import baselines, runs
from core.variants.compilation import Compilation
from core.variants.precision import Precision
from core.variants.spec import RunSpec

NEWEST_FIRST = (desc(runs.c.submitted_at), desc(runs.c.run_id))
# The same order where few of many runs are meant: SQLite, promised an order by an index, would walk
# all runs along it. A stamp's length is always the same.
NEWEST_OF_FEW = desc(runs.c.submitted_at.concat(runs.c.run_id))
OLDEST_FIRST = (runs.c.submitted_at, runs.c.run_id)
NOT_LISTED = ("searched", "levers", "intervals", "spec", "outcome")
LIGHT_COLUMNS = tuple(column for column in runs.c if column.name not in NOT_LISTED)
CHOICES = ("model", "weights", "precision", "attention", "status")
MEASURED = and_(runs.c.status == DONE, ~runs.c.deleted)


@dataclass(frozen=True)
class Wanted:
    """Which runs: those with every word of the text in any of their texts, tags or note, in any
    case, and with one of the values in each of the CHOICES that has some.
    """

    text: str = ""
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def conditions(self) -> list[ColumnElement[bool]]:
        """What a run must fulfil, that it is not deleted included."""
        chosen = [runs.c[name].in_(values) for name, values in self.values.items() if values]
        return [~runs.c.deleted, *chosen, *(_has(word) for word in self.text.casefold().split())]


EVERY_RUN = Wanted()


def run(run_id: str) -> Select[Any]:
    """One run in full."""
    return select(runs).where(runs.c.run_id == run_id)


def listed(include_deleted: bool) -> Select[Any]:
    """All runs without their long texts, newest first."""
    query = select(*LIGHT_COLUMNS).order_by(*NEWEST_FIRST)
    return query if include_deleted else query.where(~runs.c.deleted)


def wanted_ids(wanted: Wanted) -> Select[Any]:
    """The ids of the runs that are wanted, newest first."""
    return select(runs.c.run_id).where(*wanted.conditions()).order_by(*NEWEST_FIRST)


def counted(wanted: Wanted) -> Select[Any]:
    """How many runs are wanted."""
    return select(func.count()).select_from(runs).where(*wanted.conditions())


def lines_of(ids: Select[Any] | Sequence[str]) -> Select[Any]:
    """The lines of these runs, or of those that a query names, newest first."""
    return select(*LIGHT_COLUMNS).where(runs.c.run_id.in_(ids)).order_by(*NEWEST_FIRST)


def measured_of(model: str) -> Select[Any]:
    """The measured runs of a model that are not deleted, in full."""
    return select(runs).where(runs.c.model == model, runs.c.status == DONE, ~runs.c.deleted)


def pinned(model: str) -> Select[Any]:
    """The id of the run that is pinned for a model, unless that run was deleted."""
    return (
        select(baselines.c.run_id)
        .join(runs, runs.c.run_id == baselines.c.run_id)
        .where(baselines.c.model == model, ~runs.c.deleted)
    )


def default_baselines(model: str) -> Select[Any]:
    """The ids of a model's measured fp32 runs, the first one first."""
    fp32 = runs.c.precision == str(Precision.FP32)
    return measured_of(model).with_only_columns(runs.c.run_id).where(fp32).order_by(*OLDEST_FIRST)


def similar(spec: RunSpec, limit: int) -> Select[Any]:
    """The ids of measured runs of the spec's model and device: those that share every lever
    first, then the newest.
    """
    variant = spec.variant
    alike = and_(
        runs.c.weights == str(variant.weights),
        runs.c.precision == str(variant.precision),
        runs.c.attention == str(variant.attention),
        runs.c.compile == str(variant.compile),
        runs.c.kv_cache == str(spec.workload.kv_cache),
    )
    of_device = measured_of(variant.model).where(runs.c.device == variant.device)
    parts = [
        select(_newest(of_device.where(condition), rank, limit).subquery())
        for rank, condition in enumerate((alike, not_(alike)))
    ]
    both = union_all(*parts).subquery()
    order = (both.c.rank, desc(both.c.submitted_at), desc(both.c.run_id))
    return select(both.c.run_id).order_by(*order).limit(limit)


def uncompiled(spec: RunSpec) -> Select[Any]:
    """The ids and specs of measured runs on the spec's device that share its levers, sizes and
    prompt as far as the columns tell, and compiled nothing; the newest first.
    """
    columns = {
        runs.c.device: spec.variant.device,
        runs.c.compile: Compilation.OFF,
        runs.c.precision: spec.variant.precision,
        runs.c.attention: spec.variant.attention,
        runs.c.batch_size: spec.workload.batch_size,
        runs.c.max_new_tokens: spec.workload.max_new_tokens,
        runs.c.prompt: listed_prompt(spec),
    }
    return (
        measured_of(spec.variant.model)
        .with_only_columns(runs.c.run_id, runs.c.spec)
        .where(*(column == value for column, value in columns.items()))
        .order_by(NEWEST_OF_FEW)
    )


def _newest(query: Select[Any], rank: int, limit: int) -> Select[Any]:
    columns = (runs.c.run_id, runs.c.submitted_at, literal(rank).label("rank"))
    return query.with_only_columns(*columns).order_by(*NEWEST_FIRST).limit(limit)


def _has(word: str) -> ColumnElement[bool]:
    """Whether a word, in folded case, stands in a run's texts."""
    sought = literal(word, WORDS)
    return or_(contains(runs.c.searched, sought), contains(runs.c.status, sought))
