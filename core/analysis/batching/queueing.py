"""What queueing theory knows exactly: the yardstick of the simulator."""

from collections.abc import Sequence

from core.analysis.batching.serving_metrics import makespan_s
from core.results.serving import Served


def md1_wait_s(rate_per_s: float, service_s: float) -> float | None:
    """Mean wait in an M/D/1 queue (Poisson arrivals, one server, every service alike), by Pollaczek
    and Khinchine: rho · s / (2 (1 - rho)) with rho = rate · s; None where rho reaches 1.
    """
    rho = rate_per_s * service_s
    return rho * service_s / (2 * (1 - rho)) if rho < 1 else None


def mean_in_system(served: Sequence[Served]) -> float | None:
    """Requests that wait or are served, averaged over the time from the first arrival to the last
    end: how many are there between each two events, times how long. None where nothing was served.

    Little's law (1961) says that this is requests per second · mean e2e.
    """
    span_s = makespan_s(served)
    if not span_s:
        return None
    events = sorted([(one.arrival_s, 1) for one in served] + [(one.ended_s, -1) for one in served])
    area, there, before_s = 0.0, 0, events[0][0]
    for moment_s, change in events:
        area += there * (moment_s - before_s)
        there, before_s = there + change, moment_s
    return area / span_s
