"""What measuring two variants in turns would need and take at most, before it is started."""

from dataclasses import dataclass

from core.analysis.forecast.estimate import Estimate
from core.variants.spec import RunSpec


@dataclass(frozen=True)
class PairEstimate:
    """Bytes with both variants resident, and seconds if every pair is measured; it may stop
    earlier. None where they cannot be told. `fits` compares with the device's free memory.
    """

    needed_bytes: int | None
    free_bytes: int | None
    fits: bool | None
    seconds_low: float | None
    seconds_high: float | None


def with_pairs(spec: RunSpec, pairs: int) -> RunSpec:
    """The spec as it is measured in a pair: one repeat for each of them."""
    workload = spec.workload.model_copy(update={"repeats": pairs})
    return spec.model_copy(update={"workload": workload})


def pair_estimate(a: Estimate, b: Estimate, *, one_variant: bool) -> PairEstimate:
    """Both estimates together; `one_variant` where A and B load the same, once."""
    needed = None
    if a.needed_bytes is not None and b.needed_bytes is not None:
        again = (b.weights_bytes or 0) if one_variant else 0
        needed = a.needed_bytes + b.needed_bytes - again
    fits = None if needed is None or a.free_bytes is None else needed <= a.free_bytes
    low = _sum(a.seconds_low, b.seconds_low)
    return PairEstimate(needed, a.free_bytes, fits, low, _sum(a.seconds_high, b.seconds_high))


def _sum(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one + other
