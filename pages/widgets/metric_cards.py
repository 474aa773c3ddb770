"""A result's numbers as cards in groups, each against the baseline.

Which numbers there are comes from the tables of metrics: one that no group names stands in the
last group by itself.
"""

from collections.abc import Sequence
from typing import Literal

import streamlit as st

from core.analysis.baseline import Delta, delta
from core.results.format import show, show_change
from core.results.metrics import Metric
from core.results.statistics import median_interval
from core.results.types import RunResult
from pages.widgets.layout import escape

GROUPS = {
    "Latency": ("ttft_s", "tpot_s", "itl_p95_s", "e2e_s", "e2e_min_s"),
    "Throughput": ("decode_tokens_per_s", "output_tokens_per_s", "total_tokens_per_s"),
    "Memory": ("weights_bytes", "kv_cache_bytes", "peak_bytes"),
    "Paid once": ("load_s", "compile_s"),
    "Cost": ("usd_per_run", "usd_per_million_tokens"),
    "Quality": ("mean_kl_nats", "top1_agreement", "perplexity", "perplexity_ratio"),
}
OTHER = "More"
IN_INTERVAL = ("e2e_low_s", "e2e_high_s")
CARD_PIXELS = 160


def draw_cards(result: RunResult, baseline: RunResult | None, metrics: Sequence[Metric]) -> None:
    """Every metric of these, in groups, and the interval of the headline in words."""
    for title, group in grouped(metrics).items():
        st.markdown(f"###### {title}")
        with st.container(horizontal=True, gap="small"):
            for metric in group:
                draw_card(delta(metric, result, baseline))
        if title == "Latency":
            st.caption(interval_sentence(result))


def interval_sentence(result: RunResult) -> str:
    """The headline's confidence interval, or why there is none."""
    repeats = len(result.samples.e2e_s)
    interval = median_interval(result.samples.e2e_s)
    if interval is None:
        return f"End-to-end: median of {repeats}; an interval needs five repeats or more."
    low, high = show(interval.low, "s"), show(interval.high, "s")
    return f"End-to-end: median of {repeats} repeats, 95 % interval {low} to {high}."


def grouped(metrics: Sequence[Metric]) -> dict[str, list[Metric]]:
    """The metrics by group, in the order of the groups; what no group names comes last."""
    by_key = {metric.key: metric for metric in metrics if metric.key not in IN_INTERVAL}
    groups = {
        title: [by_key.pop(key) for key in keys if key in by_key] for title, keys in GROUPS.items()
    }
    groups[OTHER] = [*by_key.values()]
    return {title: group for title, group in groups.items() if group}


def draw_card(change: Delta) -> None:
    """One number, coloured by whether its change against the baseline is for the better."""
    metric = change.metric
    told = change.relative is not None and metric.higher_is_better is not None
    shown = show_change(change.relative) if told else None
    st.metric(
        metric.label,
        escape(show(change.value, metric.unit)),
        shown,
        delta_color=colour_of(change),
        delta_arrow="auto" if change.better is not None else "off",
        help=metric.help,
        width=CARD_PIXELS,
    )


def colour_of(change: Delta) -> Literal["normal", "inverse", "off"]:
    """Streamlit's name for: green where the change is for the better, red where for the worse."""
    if change.better is None:
        return "off"
    return "normal" if change.metric.higher_is_better else "inverse"
