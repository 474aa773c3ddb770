"""The figures of policies beside each other, in words and numbers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from core.analysis.batching.curve import Curve
from core.analysis.batching.serving_metrics import ServingMetrics
from core.plots.batching_curves import show_rate
from core.results.format import DASH, show
from core.variants.policy import Policy


@dataclass(frozen=True)
class Column:
    """One figure: its heading, unit and one sentence of what it is."""

    label: str
    unit: str
    read: Callable[[ServingMetrics], float | None]
    help: str


COLUMNS = (
    Column("Throughput", "tokens/s", lambda m: m.output_tokens_per_s,
           "Output tokens per second, from the first arrival to the last answer."),
    Column("TTFT p50", "s", lambda m: m.ttft_p50_s,
           "Half of the requests have their first token within it, waiting included."),
    Column("TTFT p95", "s", lambda m: m.ttft_p95_s, "95 of 100 have it; a dash below 20 requests."),
    Column("End-to-end p50", "s", lambda m: m.e2e_p50_s,
           "Half of the requests have their whole answer within it, waiting included."),
    Column("End-to-end p95", "s", lambda m: m.e2e_p95_s,
           "95 of 100 have it; a dash below 20 requests."),
    Column("In queue", "s", lambda m: m.queue_p50_s,
           "Median time before anything is computed for a request."),
    Column("Goodput", "share", lambda m: m.goodput_share,
           "The share of requests within the objective, TTFT and TPOT both."),
    Column("Padding", "share", lambda m: m.padding_share,
           "Of the computed tokens, those that nobody asked for."),
    Column("Batch", "", lambda m: m.mean_batch, "Requests that share a forward pass, on average."),
    Column("Busy", "share", lambda m: m.utilisation, "The share of time in which it computes."),
    Column("Per million tokens", "USD", lambda m: m.usd_per_million_tokens,
           "A million output tokens at the price per hour, idle time paid too."),
)  # fmt: skip


def draw_figures(found: Mapping[Policy, ServingMetrics], curves: Sequence[Curve]) -> None:
    """A row for each policy; from curves also what it can serve at most, and its knee."""
    by_policy = {curve.policy: curve for curve in curves}
    rows = [
        {
            "Policy": policy.label,
            **(_limits(by_policy[policy]) if policy in by_policy else {}),
            **{column.label: show(column.read(metrics), column.unit) for column in COLUMNS},
        }
        for policy, metrics in found.items()
    ]
    helps = {column.label: st.column_config.TextColumn(help=column.help) for column in COLUMNS}
    helps |= {name: st.column_config.TextColumn(help=text) for name, text in LIMITS.items()}
    pinned = {"Policy": st.column_config.TextColumn(pinned=True)}
    st.dataframe(pd.DataFrame(rows), hide_index=True, column_config={**helps, **pinned})


LIMITS = {
    "Can serve": "The most requests per second: those of a queue that is never empty.",
    "Knee": "The last rate before waiting begins to cost more than the rate gains.",
}


def _limits(curve: Curve) -> dict[str, str]:
    knee = DASH if curve.knee_per_s is None else show_rate(curve.knee_per_s)
    return {"Can serve": show_rate(curve.capacity_per_s), "Knee": knee}
