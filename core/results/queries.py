"""The questions that the history asks of its tables, as statements; carried out elsewhere."""

from typing import Any

from sqlalchemy import Select, and_, case, desc, select

from core.results.schema import baselines, runs
from core.results.stored import DONE
from core.variants.compilation import Compilation
from core.variants.precision import Precision
from core.variants.spec import RunSpec

NEWEST_FIRST = (desc(runs.c.submitted_at), desc(runs.c.run_id))
OLDEST_FIRST = (runs.c.submitted_at, runs.c.run_id)
LIGHT_COLUMNS = tuple(column for column in runs.c if column.name not in ("spec", "outcome"))


def run(run_id: str) -> Select[Any]:
    """One run in full."""
    return select(runs).where(runs.c.run_id == run_id)


def listed(include_deleted: bool) -> Select[Any]:
    """All runs without their long texts, newest first."""
    query = select(*LIGHT_COLUMNS).order_by(*NEWEST_FIRST)
    return query if include_deleted else query.where(~runs.c.deleted)


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
    return (
        measured_of(variant.model)
        .with_only_columns(runs.c.run_id)
        .where(runs.c.device == variant.device)
        .order_by(case((alike, 0), else_=1), *NEWEST_FIRST)
        .limit(limit)
    )


def uncompiled(spec: RunSpec) -> Select[Any]:
    """The ids of measured runs on the spec's device that share its levers and sizes as far as the
    columns tell, and compiled nothing; the newest first.
    """
    columns = {
        runs.c.device: spec.variant.device,
        runs.c.compile: Compilation.OFF,
        runs.c.precision: spec.variant.precision,
        runs.c.attention: spec.variant.attention,
        runs.c.batch_size: spec.workload.batch_size,
        runs.c.max_new_tokens: spec.workload.max_new_tokens,
    }
    return (
        measured_of(spec.variant.model)
        .with_only_columns(runs.c.run_id)
        .where(*(column == value for column, value in columns.items()))
        .order_by(*NEWEST_FIRST)
    )
