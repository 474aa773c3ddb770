"""From what a person typed to a RunSpec that can run here, or a RequestError that says why not.

Pages, the command line and snippets all come through here, so that all refuse alike.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from core.errors import RequestError
from core.variants import attention, compilation, hub, models, precision
from core.variants.environment import Device, Environment
from core.variants.source import model_of, source_problems, with_source
from core.variants.spec import RunSpec, VariantSpec, Workload
from core.variants.support import Support
from core.variants.tokens import count_tokens

FIELDS: dict[str, FieldInfo] = {**VariantSpec.model_fields, **Workload.model_fields}
SpecType = TypeVar("SpecType", VariantSpec, Workload)


def build_spec(values: Mapping[str, object]) -> RunSpec:
    """A RunSpec from flat field values; fields left out take their defaults.

    Raises RequestError for an unknown field and for a value that a field does not take.
    """
    for name in values:
        if name not in FIELDS:
            raise RequestError(name, values[name], "there is no such field.", FIELDS)
    variant = {name: value for name, value in values.items() if name in VariantSpec.model_fields}
    workload = {name: value for name, value in values.items() if name in Workload.model_fields}
    return RunSpec(
        variant=_validated(VariantSpec, with_source(variant)),
        workload=_validated(Workload, workload),
    )


def flat_values(spec: RunSpec) -> dict[str, Any]:
    """The spec's fields as one flat mapping of plain values: the inverse of `build_spec`."""
    return {
        **spec.variant.model_dump(mode="json", exclude_none=True),
        **spec.workload.model_dump(mode="json", exclude_none=True),
    }


def valid_values(field: str) -> tuple[str, ...]:
    """The values that a closed field takes; the bounds of a number; empty for free text."""
    info = FIELDS[field]
    kind = plain_type(info.annotation)
    if field == "model":
        return (*models.catalogue(), *models.OTHER_MODELS)
    if field == "revision":
        return hub.REVISION_KINDS
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return tuple(kind)
    if kind is bool:
        return ("true", "false")
    low, high = bounds(field)
    if low is not None and high is not None:
        return (f"whole numbers from {low} to {high}",)
    return ("cpu", "cuda:N") if field == "device" else ()


def bounds(field: str) -> tuple[int | None, int | None]:
    """The least and the greatest value of a numeric field."""
    metadata = FIELDS[field].metadata
    low = next((item.ge for item in metadata if hasattr(item, "ge")), None)
    high = next((item.le for item in metadata if hasattr(item, "le")), None)
    return low, high


def problems(spec: RunSpec, environment: Environment) -> tuple[RequestError, ...]:
    """All reasons why the spec cannot run in that environment; empty where it can."""
    source = source_problems(spec.variant)
    try:
        model = model_of(spec.variant)
    except RequestError:
        return source
    device = environment.device(spec.variant.device)
    if device is None:
        known = tuple(device.key for device in environment.devices)
        return (RequestError("device", spec.variant.device, "there is no such device.", known),)
    return (*source, *_unsupported(spec, environment, device), *_too_long(spec, model))


def _unsupported(
    spec: RunSpec, environment: Environment, device: Device
) -> tuple[RequestError, ...]:
    variant = spec.variant
    checks = {
        "precision": precision.support(variant.precision, environment, device),
        "attention": _first_problem(
            attention.support(variant.attention, environment, device),
            attention.support_with(variant.attention, variant.precision),
        ),
        "compile": _first_problem(
            compilation.support(variant.compile, device),
            compilation.support_with(variant.compile, variant.attention),
        ),
    }
    return tuple(
        RequestError(field, str(getattr(variant, field)), check.explanation)
        for field, check in checks.items()
        if not check.usable
    )


def _first_problem(*checks: Support) -> Support:
    return next((check for check in checks if not check.usable), checks[0])


def _too_long(spec: RunSpec, model: models.Model) -> tuple[RequestError, ...]:
    """Prompt and output against the context. A text has at least one token; it is counted once
    the tokenizer is here, and once more by the worker before it loads anything.
    """
    shape = models.shape_of(model)
    workload = spec.workload
    field = "prompt" if workload.prompt is not None else "prompt_tokens"
    asked = workload.prompt_tokens or count_tokens(model, workload.prompt or "") or 1
    if shape is None:
        return ()
    return tuple(over_context(field, asked, workload.max_new_tokens, shape.context))


def over_context(
    field: str, prompt_tokens: int, max_new_tokens: int, context: int
) -> list[RequestError]:
    """A problem where prompt and output together exceed the context, all counted in tokens."""
    if prompt_tokens >= context:
        reason = f"it has {prompt_tokens} tokens; the model's context holds {context}, output too."
        return [RequestError(field, f"{prompt_tokens} tokens", reason)]
    if prompt_tokens + max_new_tokens > context:
        room = context - prompt_tokens
        reason = (
            f"{prompt_tokens} prompt tokens and {max_new_tokens} new ones exceed the context "
            f"of {context}."
        )
        valid = (f"whole numbers from 1 to {room}",)
        return [RequestError("max_new_tokens", max_new_tokens, reason, valid)]
    return []


def _validated(spec_type: type[SpecType], values: dict[str, object]) -> SpecType:
    try:
        return spec_type.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else "prompt"
        reason = first["msg"].removeprefix("Value error, ") + "."
        raise RequestError(field, values.get(field), reason, valid_values(field)) from None


def plain_type(annotation: Any) -> Any:
    """`int` for `int | None`, and the like."""
    if get_origin(annotation) in (Union, UnionType):
        return next(arg for arg in get_args(annotation) if arg is not type(None))
    return annotation
