"""How two variants are measured against each other: in turns A B B A, until it is decided."""

from collections.abc import Mapping
from enum import StrEnum

from pydantic import Field

from core.errors import RequestError
from core.variants.closed_spec import Spec
from core.variants.environment import Environment
from core.variants.request import problems
from core.variants.spec import RunSpec
from core.variants.validated import validated


class Side(StrEnum):
    """The two that are compared; every ratio is B over A."""

    A = "a"
    B = "b"


class PairPlan(Spec):
    """When measuring in turns ends. A pair is one generation of each side; two pairs, in the order
    A B B A, are a block, which a steady drift of the machine slows alike.
    """

    most_pairs: int = Field(
        default=100,
        ge=6,
        le=1000,
        description="Pairs after which measuring ends undecided; an odd one is left out.",
    )
    smallest_effect: float = Field(
        default=0.03,
        ge=0.001,
        le=1,
        allow_inf_nan=False,
        description="The smallest change that matters, as a share: 0.03 is 3 %.",
    )


def build_plan(values: Mapping[str, object]) -> PairPlan:
    """A plan from typed values; what is left out takes its default.

    Raises RequestError for a value that a field does not take.
    """
    return validated(PairPlan, values)


def pair_problems(a: RunSpec, b: RunSpec, environment: Environment) -> tuple[RequestError, ...]:
    """Why the two cannot be measured in turns; empty where they can. Of what stops one side alone
    the field begins with that side, as in `b.precision`.
    """
    sides = ((Side.A, a), (Side.B, b))
    found = [of_side(side, one) for side, spec in sides for one in problems(spec, environment)]
    if not found and a.variant.device != b.variant.device:
        reason = "the two must be on one device, since they are measured in turns."
        found = [RequestError("b.device", b.variant.device, reason, (a.variant.device,))]
    return tuple(found)


def of_side(side: Side, error: RequestError) -> RequestError:
    """The error with the side in front of its field."""
    return RequestError(f"{side}.{error.field}", error.value, error.reason, error.valid)
