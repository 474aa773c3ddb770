"""What queueing theory knows exactly: the yardstick of the simulator."""

from collections.abc import Sequence

from core.results.serving import Served


def md1_wait_s(rate_per_s: float, service_s: float) -> float | None:
    """Mean wait in an M/D/1 queue, by Pollaczek and Khinchine: rho · s / (2 (1 - rho)), with
    rho = rate · service; None where rho reaches 1.
    """
    rho = rate_per_s * service_s
    return rho * service_s / (2 * (1 - rho)) if rho < 1 else None


def mean_in_system(served: Sequence[Served]) -> float | None:
    """Requests in the system over time, on average, from the first arrival to the last end."""
    raise NotImplementedError
