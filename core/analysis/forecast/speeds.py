"""How fast a device is likely to be where nothing was measured of the levers at hand."""

from dataclasses import dataclass
from math import sqrt

from core.results.observed import Ceilings
from core.variants.environment import Device, Environment
from core.variants.precision import PRECISIONS
from core.variants.spec import VariantSpec

BANDWIDTH_BYTES_PER_S = {"cpu": (20e9, 5e9), "cuda": (2e12, 2e11)}
OPERATIONS_PER_S = {"cpu": (8e10, 1.2e10), "cuda": (2e14, 5e12)}
STEP_OVERHEAD_S = {"cpu": (0.001, 0.03), "cuda": (0.003, 0.04)}
SLOWEST_SHARE = 1 / 8
# bitsandbytes has no fast kernels on a CPU: its layers read far fewer bytes in far more time.
QUANTISED_ON_CPU_BYTES_PER_S = (5e9, 5e8)


@dataclass(frozen=True)
class Speeds:
    """Fast and slow ends of what is likely: bytes read and operations done per second, and the
    seconds that a pass takes for itself.
    """

    bytes_per_s: tuple[float, float]
    flops_per_s: tuple[float, float]
    overhead_s: tuple[float, float]


def speeds_of(
    variant: VariantSpec, device: Device, environment: Environment, ceilings: Ceilings | None
) -> Speeds:
    """By the device's measured ceilings where they are known, else by its kind; a CPU's operations
    are of each processor.
    """
    bytes_per_s = BANDWIDTH_BYTES_PER_S[device.kind]
    processors = environment.cpu_count if device.kind == "cpu" else 1
    fast, slow = (rate * processors for rate in OPERATIONS_PER_S[device.kind])
    if ceilings:
        bandwidth, known = ceilings.bandwidth_bytes_per_s, ceilings.peak_flops_per_s
        bytes_per_s = (bandwidth, bandwidth * SLOWEST_SHARE)
        fast = known.get(str(variant.compute_dtype), fast)
        slow = min(slow, fast * SLOWEST_SHARE)
    if PRECISIONS[variant.precision].library and device.kind == "cpu":
        bytes_per_s = QUANTISED_ON_CPU_BYTES_PER_S
    return Speeds(bytes_per_s, (fast, slow), STEP_OVERHEAD_S[device.kind])


def between(low: float, high: float) -> float:
    """The geometric mean: as many times more than the one as less than the other."""
    return sqrt(low * high)
