"""The network's own number of a run that a server generated."""

from core.results.metric import Metric
from core.results.statistics import median
from core.results.types import RunResult


def network_round_trip_s(result: RunResult) -> float | None:
    """Median seconds of a TCP handshake with the server; None where nothing was served."""
    return median(result.endpoint.round_trip_s) if result.endpoint else None


NETWORK_METRICS = (
    Metric(
        "network_round_trip_s",
        "Network round trip",
        "s",
        False,
        "From here to the server's address and back, without any work of the server. TTFT and "
        "end-to-end of an endpoint hold one such round trip, the server's queue and its work; a "
        "dash where this machine generated itself.",
        network_round_trip_s,
        formula="median of five TCP handshakes before the run",
        source="the host's clock (perf_counter)",
    ),
)
