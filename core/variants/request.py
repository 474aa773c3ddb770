"""From what a person typed to a RunSpec that can run here, or a RequestError that says why not.

Pages, the command line and snippets all come through here, so that all refuse alike.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from core.errors import RequestError
from core.variants import hub, models
from core.variants.compilation import Compilation
from core.variants.conflicts import conflicts
from core.variants.decoding import Decoding
from core.variants.drafts import draft_problems
from core.variants.engine import DEFAULT_ENGINE, ENGINES, Engine, usual_of
from core.variants.environment import Environment
from core.variants.lengths import length_problems, new_tokens_cap
from core.variants.precision import PRECISIONS, Precision
from core.variants.source import model_of, source_problems, with_source
from core.variants.spec import (
    MOST_STOP_STRINGS,
    RunSpec,
    StopRule,
    VariantSpec,
    Workload,
    usual_cache,
)
from core.variants.stop_strings import typed_lines
from core.variants.task import unscorable
from core.variants.tokens import count_tokens
from core.variants.wording import reason_in_words

SAID_IN_WORDS = {
    "device": ("cpu", "cuda:N"),
    "time_limit_s": ("seconds above 0 and up to 86400",),
    "stop_strings": (f"up to {MOST_STOP_STRINGS} texts of 1 to 200 characters",),
    "endpoint": ("an address such as http://127.0.0.1:8000",),
    "draft_model": ("a smaller model with the same vocabulary",),
}
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
    if isinstance(workload.get("stop_strings"), str):
        workload["stop_strings"] = typed_lines(str(workload["stop_strings"]))
    checked = _validated(VariantSpec, with_source(variant))
    if workload.get("kv_cache", "on") == "on":
        workload["kv_cache"] = usual_of(variant, "kv_cache") or usual_cache(checked.compile)
    if "max_length" in workload and "max_new_tokens" not in workload:
        workload["max_new_tokens"] = bounds("max_new_tokens")[1]
    return RunSpec(variant=checked, workload=_validated(Workload, workload))


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
    return SAID_IN_WORDS.get(field, ())


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
    values = flat_values(spec)
    return (
        *source,
        *(
            RequestError(field, values.get(field), reason)
            for field, reason in conflicts(spec, environment, device)
        ),
        *draft_problems(model, spec.workload.draft_model),
        *_length_problems(spec, model),
    )


def relevant(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values without those that have no meaning with the others, such as a compile mode
    where nothing is compiled: controls that are not shown ask for nothing.
    """
    engine = Engine(values.get("engine") or DEFAULT_ENGINE)
    idle = {field for field in ENGINES[engine].lacks if field != "weights"}
    if engine is not Engine.OPENAI:
        idle |= {"endpoint"}
    precision = values.get("precision")
    if precision in tuple(Precision) and len(PRECISIONS[Precision(precision)].computes) == 1:
        idle |= {"compute_dtype"}
    if values.get("compile") == Compilation.OFF:
        idle |= {"compile_mode", "compile_backend"}
    if values.get("stop") == StopRule.FIXED:
        idle |= {"stop_strings", "time_limit_s"}
    if values.get("decoding") != Decoding.SPECULATIVE:
        idle |= {"draft_model"}
    if values.get("decoding") == Decoding.GREEDY:
        idle |= {"draft_tokens"}
    if values.get("batch_size") == 1:
        idle |= {"shortest_prompt_tokens"}
    return {name: value for name, value in values.items() if name not in idle}


def _length_problems(spec: RunSpec, model: models.Model) -> list[RequestError]:
    """Prompt and output against the context. A text has at least one token; it is counted once
    the tokenizer is here, and once more by the worker before it loads anything.
    """
    shape, workload = models.shape_of(model), spec.workload
    tokens = workload.prompt_tokens or count_tokens(model, workload.prompt or "")
    context = shape.context if shape else None
    unsure = tokens is None and workload.shortest_prompt_tokens is not None
    return [
        *([] if unsure else length_problems(workload, tokens or 1, context)),
        *task_problems(workload, tokens or 1, lambda text: count_tokens(model, text), context),
    ]


def task_problems(
    workload: Workload,
    prompt_tokens: int,
    count: Callable[[str], int | None],
    context: int | None,
) -> tuple[RequestError, ...]:
    """What of the workload's own task cannot be asked within the context, counted in tokens. An
    answer may have as many as the run itself generates after its prompt of `prompt_tokens`.
    """
    if workload.task is None or context is None:
        return ()
    new_tokens = new_tokens_cap(workload, prompt_tokens)
    return tuple(unscorable(workload.task, count, new_tokens, context))


def _validated(spec_type: type[SpecType], values: dict[str, object]) -> SpecType:
    try:
        return spec_type.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else "prompt"
        reason = reason_in_words(first, FIELDS[field])
        raise RequestError(field, values.get(field), reason, valid_values(field)) from None


def plain_type(annotation: Any) -> Any:
    """`int` for `int | None`, and the like."""
    if get_origin(annotation) in (Union, UnionType):
        return next(arg for arg in get_args(annotation) if arg is not type(None))
    return annotation
