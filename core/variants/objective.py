"""How fast is fast enough."""

from pydantic import Field

from core.variants.closed_spec import Spec

LONGEST_S = 86_400.0


class Objective(Spec):
    """What a request must keep to count as served in time; None where there is no limit."""

    ttft_s: float | None = Field(
        default=2.0, gt=0, le=LONGEST_S, description="Most seconds to the first token."
    )
    tpot_s: float | None = Field(
        default=0.25,
        gt=0,
        le=LONGEST_S,
        description="Most seconds per token after the first, over the whole answer.",
    )
