"""What a worker is asked for a load: to measure a variant's steps, or to serve the load with it."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

from pydantic import Field

from core.errors import RequestError
from core.variants.arrivals import requests_of
from core.variants.attention import ATTENTIONS, Attention
from core.variants.closed_spec import Spec
from core.variants.compilation import Compilation
from core.variants.engine import Engine
from core.variants.environment import Environment
from core.variants.load import Load
from core.variants.policy import Policy, PolicyKind
from core.variants.request import problems
from core.variants.spec import RunSpec, VariantSpec, Workload

USUAL_CALIBRATION_S = 60.0
FAR = 1.25
"""Steps tell of lengths up to so many times as long, or as short, as those that were measured."""
LOAD_FIELD_OF = {
    "prompt_tokens": "prompt_lengths",
    "max_new_tokens": "output_lengths",
    "shortest_prompt_tokens": "attention",
}


class StepRange(Spec):
    """Over which sizes steps are asked for: rows at once, and tokens of prompts and answers.
    `batched` are steps of `generate`, `continuous` those of continuous batching.
    """

    most_rows: int = Field(ge=1)
    shortest_prompt: int = Field(ge=1)
    longest_prompt: int = Field(ge=1)
    longest_answer: int = Field(ge=1)
    batched: bool = True
    continuous: bool = False

    def covers(self, other: "StepRange") -> bool:
        """Whether steps measured over this range tell of the other without going far beyond it."""
        return (
            self.most_rows >= other.most_rows
            and self.shortest_prompt <= FAR * other.shortest_prompt
            and self.longest_prompt >= other.longest_prompt
            and self.longest_prompt + self.longest_answer
            >= other.longest_prompt + other.longest_answer
            and self.batched >= other.batched
            and self.continuous >= other.continuous
        )


class CalibrationOrder(Spec):
    """Measure steps of the variant over a range, for about so many seconds."""

    kind: Literal["calibrate"] = "calibrate"
    variant: VariantSpec
    range: StepRange
    seconds: float = Field(default=USUAL_CALIBRATION_S, gt=0, le=3600)


class ServingOrder(Spec):
    """Serve the load in real time: its requests arrive when they arrive."""

    kind: Literal["serve"] = "serve"
    variant: VariantSpec
    load: Load
    policy: Policy

    @property
    def range(self) -> StepRange:
        """What serving it takes."""
        return range_of(self.load, [self.policy])


LoadOrder = Annotated[CalibrationOrder | ServingOrder, Field(discriminator="kind")]


def on_device(order: LoadOrder, device: str) -> LoadOrder:
    """The same on another device."""
    variant = order.variant.model_copy(update={"device": device})
    return order.model_copy(update={"variant": variant})


def range_of(load: Load, policies: Iterable[Policy]) -> StepRange:
    """The sizes that come up when the load is served with these policies."""
    requests, chosen = requests_of(load), tuple(policies)
    prompts = [request.prompt_tokens for request in requests]
    continuous = [policy.kind is PolicyKind.CONTINUOUS for policy in chosen]
    return StepRange(
        most_rows=max(policy.slots for policy in chosen),
        shortest_prompt=min(prompts),
        longest_prompt=max(prompts),
        longest_answer=max(request.output_tokens for request in requests),
        batched=not all(continuous),
        continuous=any(continuous),
    )


def spec_of(variant: VariantSpec, sizes: StepRange) -> RunSpec:
    """The largest batch of that range as a run: what must fit, and what levers must allow."""
    mixed = sizes.most_rows > 1 and sizes.shortest_prompt < sizes.longest_prompt
    workload = Workload(
        prompt_tokens=sizes.longest_prompt,
        shortest_prompt_tokens=sizes.shortest_prompt if mixed else None,
        batch_size=min(sizes.most_rows, 4096),
        max_new_tokens=sizes.longest_answer,
        quality=False,
    )
    return RunSpec(variant=variant, workload=workload)


def order_problems(
    order: CalibrationOrder | ServingOrder, environment: Environment
) -> tuple[RequestError, ...]:
    """All reasons why the order cannot be carried out in that environment."""
    found = [
        _in_words_of_a_load(p) for p in problems(spec_of(order.variant, order.range), environment)
    ]
    return (*_wrong_levers(order.variant, order.range), *found)


def _wrong_levers(variant: VariantSpec, sizes: StepRange) -> Iterator[RequestError]:
    """Levers that say nothing of a load here, or that continuous batching does not have."""
    if variant.engine is not Engine.TRANSFORMERS:
        reason = "only models that this program itself runs are served here."
        yield RequestError("engine", variant.engine, reason, (Engine.TRANSFORMERS,))
    if variant.may_compile:
        field = "attention" if variant.compile is Compilation.OFF else "compile"
        reason = "each batch of a load has another shape, and would be compiled anew."
        yield RequestError(field, getattr(variant, field), reason)
    row = ATTENTIONS[variant.attention]
    if sizes.continuous and variant.device != "cpu" and not row.takes_mask:
        reason = f"{row.label} takes no mask, which continuous batching needs."
        valid = (Attention.SDPA, Attention.EAGER)
        yield RequestError("attention", variant.attention, reason, valid)


def _in_words_of_a_load(problem: RequestError) -> RequestError:
    """A problem of the largest batch, named by the field that a person has set."""
    field = LOAD_FIELD_OF.get(problem.field, problem.field)
    return RequestError(field, problem.value, problem.reason, problem.valid)
