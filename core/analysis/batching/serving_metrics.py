"""What a served load comes to: throughput, latency, waste, cost, goodput; measured or simulated."""

from dataclasses import dataclass

from core.results.serving import ServedLoad
from core.variants.load import Objective


@dataclass(frozen=True)
class Counted:
    """Which requests latencies are of: numbers `first` to before `end` of `total`."""

    first: int
    end: int
    total: int


@dataclass(frozen=True)
class ServingMetrics:
    """All None where nothing was served, p95 also below 20 requests, goodput without an objective.

    Throughput, utilisation and cost go from the first arrival to the last end, over all requests;
    latencies, time in queue and goodput are of the `counted` ones.
    """

    counted: Counted
    requests_per_s: float | None
    output_tokens_per_s: float | None
    ttft_p50_s: float | None
    ttft_p95_s: float | None
    e2e_p50_s: float | None
    e2e_p95_s: float | None
    tpot_p50_s: float | None
    queue_mean_s: float | None
    queue_p50_s: float | None
    queue_p95_s: float | None
    mean_batch: float | None
    padding_share: float | None
    utilisation: float | None
    goodput_share: float | None
    goodput_per_s: float | None
    usd_per_million_tokens: float | None


def serving_metrics(
    served: ServedLoad, usd_per_hour: float | None, objective: Objective | None = None
) -> ServingMetrics:
    """The figures at a price per hour; the objective is the load's own unless one is given."""
    raise NotImplementedError
