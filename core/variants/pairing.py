"""stand-in"""

from pydantic import Field

from core.variants.spec import Spec


class PairPlan(Spec):
    """How long a pair goes on."""

    most_pairs: int = Field(default=60, ge=5, le=1000)
    smallest_effect: float = Field(default=0.03, gt=0, le=1)
