"""The figures of a served load as rows: tables, documents and plots follow from them."""

from collections.abc import Callable
from dataclasses import dataclass

from core.analysis.batching.serving_metrics import ServingMetrics


@dataclass(frozen=True)
class Figure:
    """One figure. `key` is its name in ServingMetrics, `unit` as in Metric; `higher_is_better` is
    None where neither is.
    """

    key: str
    label: str
    unit: str
    higher_is_better: bool | None
    help: str

    @property
    def read(self) -> Callable[[ServingMetrics], float | None]:
        """Its value; None where it is not known."""
        return lambda metrics: getattr(metrics, self.key)


_ROWS = (
    Figure("requests_per_s", "Requests", "requests/s", True,
           "All requests over the time from the first arrival to the last answer."),
    Figure("output_tokens_per_s", "Throughput", "tokens/s", True,
           "All output tokens over the same time."),
    Figure("ttft_p50_s", "TTFT p50", "s", False,
           "Half of the requests have their first token computed within it, waiting included. All "
           "policies but continuous hand answers over whole: there it is when the token existed, "
           "and goodput uses that."),
    Figure("ttft_p95_s", "TTFT p95", "s", False,
           "95 of 100 have it within that time; unknown below 20 requests."),
    Figure("e2e_p50_s", "End-to-end p50", "s", False,
           "Half of the requests have their whole answer within it, waiting included."),
    Figure("e2e_p95_s", "End-to-end p95", "s", False,
           "95 of 100 have it within that time; unknown below 20 requests."),
    Figure("tpot_p50_s", "TPOT p50", "s", False,
           "Median of (end-to-end - TTFT) / (tokens - 1); a batch's wait for its longest answer "
           "counts."),
    Figure("queue_mean_s", "In queue, mean", "s", False,
           "Mean time before anything is computed for a request."),
    Figure("queue_p50_s", "In queue p50", "s", False, "The median of that time."),
    Figure("queue_p95_s", "In queue p95", "s", False,
           "95 of 100 wait no longer; unknown below 20 requests."),
    Figure("mean_batch", "Batch", "", None,
           "Rows that share a forward pass, on average over the time of work."),
    Figure("padding_share", "Padding", "share", False,
           "Of the tokens that forward passes were fed with, those that nobody asked for."),
    Figure("utilisation", "Busy", "share", None, "The share of the time in which it computes."),
    Figure("goodput_share", "Goodput", "share", True,
           "The share of requests within the objective, TTFT and TPOT both."),
    Figure("goodput_per_s", "Goodput", "requests/s", True,
           "Requests per second within the objective."),
    Figure("usd_per_million_tokens", "Per million tokens", "USD", False,
           "A million output tokens at the price per hour; idle time is paid too."),
)  # fmt: skip
FIGURES: dict[str, Figure] = {row.key: row for row in _ROWS}
