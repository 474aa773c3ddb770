"""The uncompiled twin of a compiled run: the same question to the same variant, uncompiled."""

from collections.abc import Iterable
from typing import Any, Protocol, TypeVar

from core.variants.compilation import Compilation
from core.variants.spec import RunSpec, usual_cache

# What a run does beside its generations, and how often it repeats them, changes no time of theirs.
HOW_IT_IS_MEASURED = ("warmup", "repeats", "quality", "task")


class HasSpec(Protocol):
    """A run, in whatever form."""

    @property
    def spec(self) -> RunSpec:
        """What it was asked to be."""


Run = TypeVar("Run", bound=HasSpec)


def twin_of(spec: RunSpec, measured: Iterable[Run]) -> Run | None:
    """Of these runs the first that differs from the spec in compiling alone, whatever its warm-up
    and repeats; failing that, one whose cache is the usual one of a model that is not compiled.
    """
    return next(iter(twins_of(spec, measured)), None)


def twins_of(spec: RunSpec, measured: Iterable[Run]) -> list[Run]:
    """All such runs, those with the very same cache first."""
    if spec.variant.compile is Compilation.OFF:
        return []
    cache = spec.workload.kv_cache
    twins = [run for run in measured if _alike(run.spec, spec)]
    return sorted(twins, key=lambda run: run.spec.workload.kv_cache is not cache)


def _alike(other: RunSpec, spec: RunSpec) -> bool:
    if other.variant.compile is not Compilation.OFF or _question(other) != _question(spec):
        return False
    cache, others = spec.workload.kv_cache, other.workload.kv_cache
    usual = usual_cache(spec.variant.compile), usual_cache(Compilation.OFF)
    return others is cache or (cache, others) == usual


def _question(spec: RunSpec) -> dict[str, Any]:
    """All fields but those of compiling, of the cache, and of how often it is measured."""
    workload = spec.workload.model_dump(exclude={"kv_cache", *HOW_IT_IS_MEASURED})
    variant = spec.variant.model_dump()
    return {**workload, **{k: v for k, v in variant.items() if not k.startswith("compile")}}
