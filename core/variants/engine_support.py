"""Whether an engine can be used here, and what of a spec it does not have."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from core.variants.attention import ATTENTIONS
from core.variants.engine import ENGINES, NO_TORCH, Engine
from core.variants.environment import Device, Environment
from core.variants.kv_cache import KV_CACHES
from core.variants.precision import PRECISIONS
from core.variants.spec import RunSpec, VariantSpec, Workload
from core.variants.support import USABLE, Support
from core.variants.weights import Weights


class EngineChoice(Protocol):
    """A choice of a lever that only some engines have."""

    @property
    def label(self) -> str:
        """Its name."""

    @property
    def engines(self) -> tuple[Engine, ...]:
        """Who has it."""


BY_ENGINE: Mapping[str, Mapping[Any, EngineChoice]] = {
    "precision": PRECISIONS,
    "attention": ATTENTIONS,
    "kv_cache": KV_CACHES,
}
"""The levers whose choices depend on the engine."""
FOLLOW_ENGINE = frozenset({*BY_ENGINE, *NO_TORCH})
"""The fields that begin anew when another engine is chosen."""
FEW = 4  # choices that are named in a sentence
FIELDS = {**VariantSpec.model_fields, **Workload.model_fields}


def support(engine: Engine, environment: Environment, device: Device) -> Support:
    """Whether the engine can be used on that device."""
    row = ENGINES[engine]
    if device.kind not in row.devices:
        return Support(f"{row.label} is set up for a {row.devices[0].upper()} only here.")
    if not row.own_environment:
        return USABLE
    state, command = environment.engines.get(engine), f"make engine {engine}"
    if state is None:
        reason = f"{row.label} has an environment of its own, which is not set up."
        return Support(reason, f"Set it up with: {command}")
    if state.problem:
        reason = f"The environment of {row.label} is not whole: {state.problem}."
        return Support(reason, f"Set it up again with: {command}")
    return USABLE


def has_choice(engine: Engine, field: str, choice: object) -> bool:
    """Whether the engine has that choice of a lever, as far as that depends on the engine."""
    return engine in engines_with(field, choice)


def engines_with(field: str, choice: object) -> tuple[Engine, ...]:
    """The engines that have that choice of a lever."""
    if field == "engine":
        return (Engine(str(choice)),)
    row = BY_ENGINE.get(field, {}).get(str(choice))
    if row is not None:
        return row.engines
    return tuple(engine for engine, row in ENGINES.items() if field not in row.lacks)


def choices_of(engine: Engine, field: str) -> tuple[str, ...]:
    """The choices that the engine has of a lever whose choices depend on it."""
    return tuple(choice for choice, row in BY_ENGINE[field].items() if engine in row.engines)


def is_lever(engine: Engine, field: str) -> bool:
    """Whether the engine leaves anything to choose of that field."""
    return field not in ENGINES[engine].lacks and (
        field not in BY_ENGINE or len(choices_of(engine, field)) > 1
    )


def values_with(engine: Engine, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of fields as they become when that engine is chosen: those that it has not begin
    anew, with what is usual of it.
    """
    usual = {**{name: FIELDS[name].default for name in BY_ENGINE}, **ENGINES[engine].usual}
    kept = {f: values[f] for f in BY_ENGINE if has_choice(engine, f, values.get(f))}
    lacked = {"weights": str(Weights.TRAINED)} if "weights" in ENGINES[engine].lacks else {}
    return {**{f: str(usual[f]) for f in BY_ENGINE}, **kept, **lacked, "compute_dtype": None}


def lacking(spec: RunSpec) -> Iterator[tuple[str, Support]]:
    """Field and reason of each lever of the spec that its engine does not have."""
    engine = spec.variant.engine
    row = ENGINES[engine]
    values = {**dict(spec.variant), **dict(spec.workload)}
    for field, reason in row.lacks.items():
        if values[field] != FIELDS[field].default:
            yield field, Support(f"{row.label} {reason}")
    for field in BY_ENGINE:
        if not has_choice(engine, field, values[field]):
            yield field, _of_others(field, values[field], engine)


def _of_others(field: str, choice: str, engine: Engine) -> Support:
    owners = " and ".join(ENGINES[owner].label for owner in engines_with(field, choice))
    own = choices_of(engine, field)
    reason = f"It is a choice of {owners}, and the engine is {ENGINES[engine].label}."
    return Support(reason, f"Choose {' or '.join(own)}." if len(own) <= FEW else None)
