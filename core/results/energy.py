"""Energy per token and power of a run, and their rows in the table of metrics."""

from core.results.metric import Metric
from core.results.types import RunResult

WHOLE_DEVICE = (
    "On a GPU the whole board counts, on a CPU the whole processor package, with whatever else "
    "ran on it meanwhile; memory and the rest of the machine are not in it."
)


def joules_per_token(result: RunResult) -> float | None:
    """Joules of whole generations over their generated tokens of all rows."""
    energy = result.energy
    return energy.joules / energy.tokens if energy and energy.tokens else None


def mean_power_w(result: RunResult) -> float | None:
    """Joules over seconds of the energy pass."""
    energy = result.energy
    return energy.joules / energy.window_s if energy and energy.window_s else None


ENERGY_METRICS = (
    Metric(
        "joules_per_token",
        "Energy per token",
        "J/token",
        False,
        f"Energy of whole generations, prompt included, per generated token. {WHOLE_DEVICE}",
        joules_per_token,
        formula="joules over a window of at least 1 s / generated tokens of all rows in it",
        source="the device's own counter: NVML total energy, or RAPL by the kernel's powercap",
    ),
    Metric(
        "mean_power_w",
        "Mean power",
        "W",
        None,
        f"Mean power while generating. {WHOLE_DEVICE}",
        mean_power_w,
        formula="joules / seconds of the energy pass",
        source="the same counter",
    ),
)
