"""What a served load comes to: throughput, latency, waste, cost, goodput; measured or simulated.

Throughput, utilisation, padding and cost are of all requests, from the first arrival to the last
end: the time that a machine is paid for, waiting included. Latencies, time in queue and goodput
leave out the first and the last tenth of the requests where there are 50 or more: the first meet an
idle server and the last one that nobody comes to any more. What is counted is said in `counted`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from core.analysis.cost import usd_per_million_tokens
from core.results.serving import BatchStep, Served, ServedLoad
from core.results.statistics import median, percentile
from core.variants.objective import Objective

LEAST_TO_TRIM, TRIMMED = 50, 10  # requests, and the part of them left out at either end
LEAST_FOR_P95 = 20


@dataclass(frozen=True)
class Counted:
    """Which requests latencies are of: by arrival, those from `first` to before `end`."""

    first: int
    end: int
    total: int

    def __str__(self) -> str:
        if self.end - self.first == self.total:
            return f"all {self.total} requests"
        return f"requests {self.first + 1} to {self.end} of {self.total}"


@dataclass(frozen=True)
class ServingMetrics:
    """None is unknown: all where nothing was served, p95 of fewer than 20 requests, goodput
    without an objective, cost without a price. Shares lie between 0 and 1; `mean_batch` is rows
    per second of work; `tpot_p50_s` holds waiting for longer answers of the same batch.
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


def serving_metrics(served: ServedLoad, usd_per_hour: float | None) -> ServingMetrics:
    """The figures at a price per hour, goodput by the load's own objective."""
    by_arrival = sorted(served.served, key=lambda one: one.arrival_s)
    counted = counted_of(len(by_arrival))
    some = by_arrival[counted.first : counted.end]
    queue, ttft = [one.queue_s for one in some], [one.ttft_s for one in some]
    e2e, tpot = [one.e2e_s for one in some], [one.tpot_s for one in some]
    rates = _rates(by_arrival, usd_per_hour)
    share = goodput_share(some, served.load.objective)
    return ServingMetrics(
        counted=counted,
        **rates,
        **_work(served.steps, makespan_s(by_arrival)),
        ttft_p50_s=median(ttft),
        ttft_p95_s=_p95(ttft),
        e2e_p50_s=median(e2e),
        e2e_p95_s=_p95(e2e),
        tpot_p50_s=median([seconds for seconds in tpot if seconds is not None]),
        queue_mean_s=sum(queue) / len(queue) if queue else None,
        queue_p50_s=median(queue),
        queue_p95_s=_p95(queue),
        goodput_share=share,
        goodput_per_s=_product(share, rates["requests_per_s"]),
    )


def counted_of(total: int) -> Counted:
    """All, or all but a tenth at either end of 50 or more."""
    left_out = total // TRIMMED if total >= LEAST_TO_TRIM else 0
    return Counted(left_out, total - left_out, total)


def makespan_s(served: Sequence[Served]) -> float | None:
    """Seconds from the first arrival to the last end; None where nothing was served."""
    if not served:
        return None
    return max(one.ended_s for one in served) - min(one.arrival_s for one in served)


def goodput_share(served: Sequence[Served], objective: Objective) -> float | None:
    """The share that kept the objective; None without requests or without limits."""
    limited = objective.ttft_s is not None or objective.tpot_s is not None
    if not served or not limited:
        return None
    return sum(keeps(one, objective) for one in served) / len(served)


def keeps(one: Served, objective: Objective) -> bool:
    """Whether a request was served as fast as that; an answer of one token has no TPOT to keep."""
    slow = objective.ttft_s is not None and one.ttft_s > objective.ttft_s
    tpot_s = one.tpot_s
    crawls = objective.tpot_s is not None and tpot_s is not None and tpot_s > objective.tpot_s
    return not slow and not crawls


def _rates(served: Sequence[Served], usd_per_hour: float | None) -> dict[str, float | None]:
    """Throughput, and cost at the price of the whole time."""
    span_s = makespan_s(served)
    requests_per_s = len(served) / span_s if span_s else None
    tokens_per_s = sum(one.output_tokens for one in served) / span_s if span_s else None
    usd = None
    if usd_per_hour is not None and tokens_per_s:
        usd = usd_per_million_tokens(usd_per_hour, tokens_per_s)
    return {
        "requests_per_s": requests_per_s,
        "output_tokens_per_s": tokens_per_s,
        "usd_per_million_tokens": usd,
    }


def _work(steps: Sequence[BatchStep], span_s: float | None) -> dict[str, float | None]:
    """How full batches were, how much of them was padding, and how long somebody was served."""
    busy_s = sum(step.ended_s - step.started_s for step in steps)
    row_s = sum(step.rows * (step.ended_s - step.started_s) for step in steps)
    wanted = sum(step.wanted_tokens for step in steps)
    computed = sum(step.computed_tokens for step in steps)
    return {
        "mean_batch": row_s / busy_s if busy_s else None,
        "padding_share": 1 - wanted / computed if computed else None,
        "utilisation": min(busy_s / span_s, 1.0) if span_s else None,
    }


def _p95(seconds: Sequence[float]) -> float | None:
    return percentile(seconds, 95) if len(seconds) >= LEAST_FOR_P95 else None


def _product(share: float | None, rate: float | None) -> float | None:
    return None if share is None or rate is None else share * rate
