"""A result's numbers as cards in groups, each against the baseline.

Which numbers there are comes from the table of metrics: one that no group names stands in a group
of its own beside those of time.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import streamlit as st

from core.analysis.baseline import Delta, delta
from core.results.format import show, show_change
from core.results.metrics import BY_KEY, Metric
from core.results.statistics import median_interval
from core.results.types import RunResult
from pages.widgets.layout import escape

HEADLINE = (
    "e2e_s",
    "ttft_s",
    "tpot_s",
    "output_tokens_per_s",
    "weights_bytes",
    "peak_bytes",
    "usd_per_million_tokens",
    "perplexity_ratio",
)
LATENCY, ENERGY = "Latency", "Energy"
Groups = Mapping[str, Sequence[str]]
TIME_GROUPS: Groups = {
    LATENCY: ("ttft_s", "tpot_s", "itl_p95_s", "e2e_s"),
    "Throughput": ("decode_tokens_per_s", "output_tokens_per_s", "total_tokens_per_s"),
    "Forward passes": ("forward_passes", "acceptance_rate", "idle_row_share", "padding_share"),
}
MEMORY_GROUPS: Groups = {"Memory": ("weights_bytes", "kv_cache_bytes", "peak_bytes")}
COST_GROUPS: Groups = {
    "Paid once": ("load_s", "first_s", "compile_s"),
    ENERGY: ("joules_per_token", "mean_power_w"),
}
QUALITY_GROUPS: Groups = {
    "Quality": (
        "mean_kl_nats",
        "top1_agreement",
        "perplexity",
        "perplexity_ratio",
        "bits_per_byte",
    ),
}
TASK_GROUPS: Groups = {"Own task": ("task_accuracy",)}
ALL_GROUPS = (TIME_GROUPS, MEMORY_GROUPS, COST_GROUPS, QUALITY_GROUPS, TASK_GROUPS)
OTHER = "More"
IN_A_SENTENCE = ("e2e_min_s", "e2e_low_s", "e2e_high_s", "instrument_overhead")
WORDS = {True: "better", False: "worse", None: ""}
CARD_PIXELS = 144
WIDE_CARD_PIXELS = 176


def draw_headline(result: RunResult, baseline: RunResult | None, metrics: Sequence[Metric]) -> None:
    """The few numbers that most people look for."""
    by_key = {metric.key: metric for metric in metrics}
    with st.container(horizontal=True, gap="xsmall", key="headline"):
        for key in HEADLINE:
            draw_card(delta(by_key[key], result, baseline), WIDE_CARD_PIXELS)


def draw_groups(result: RunResult, baseline: RunResult | None, groups: Groups) -> None:
    """The metrics of these groups, which stand beside each other where there is room."""
    with st.container(horizontal=True, gap="medium"):
        for title, keys in groups.items():
            with st.container(width="content", gap="xsmall"):
                st.markdown(f"**{title}**")
                with st.container(horizontal=True, gap="xsmall"):
                    for key in keys:
                        draw_card(delta(BY_KEY[key], result, baseline))
                if title == LATENCY:
                    st.caption(escape(interval_sentence(result)))
                    overhead = BY_KEY["instrument_overhead"].help
                    st.caption(escape(overhead_sentence(result)), help=overhead)
                elif title == ENERGY:
                    st.caption(escape(energy_sentence(result)), width=2 * CARD_PIXELS)


def groups_of_time() -> Groups:
    """The groups of latency and throughput, and in one of their own what no group names."""
    named = {key for groups in ALL_GROUPS for keys in groups.values() for key in keys}
    others = [key for key in BY_KEY if key not in named and key not in IN_A_SENTENCE]
    return {**TIME_GROUPS, OTHER: others} if others else TIME_GROUPS


def interval_sentence(result: RunResult) -> str:
    """The headline's repeats in words: fastest, and the interval or why there is none."""
    samples = result.samples.e2e_s
    fastest = show(min(samples, default=None), "s")
    said = f"End-to-end: median of {len(samples)} repeats, fastest {fastest}"
    interval = median_interval(samples)
    if interval is None:
        return f"{said}; a 95 % interval needs five repeats."
    return f"{said}, 95 % interval {show(interval.low, 's')} to {show(interval.high, 's')}."


def overhead_sentence(result: RunResult) -> str:
    """How much longer the pass with time stamps took than the one that the end-to-end is of."""
    overhead = BY_KEY["instrument_overhead"].read(result)
    if overhead is None:
        return "Instrument overhead: not known."
    more = f"{show(abs(overhead), 'share')} {'more' if overhead >= 0 else 'less'}"
    return f"Instrument overhead: the pass with a time stamp for each token took {more}."


def energy_sentence(result: RunResult) -> str:
    """What was counted and for how long, or why there is no energy."""
    energy = result.energy
    if energy is None:
        return f"No energy: {result.energy_missing or 'not measured'}."
    what = f"{show(energy.joules, 'J')} in {show(energy.window_s, 's')}"
    return f"{energy.counter}: {what}, generations: {energy.generations}."


def draw_card(change: Delta, width: int = CARD_PIXELS) -> None:
    """One number, and its change against the baseline: whether it is for the better, a colour and
    a word say.
    """
    metric = change.metric
    told = change.relative is not None and metric.higher_is_better is not None
    shown = change_in_words(change) if told else None
    st.metric(
        metric.label,
        escape(show(change.value, metric.unit)),
        shown,
        delta_color=colour_of(change),
        delta_arrow="auto" if change.better is not None else "off",
        help=metric.help,
        width=width,
    )


def change_in_words(change: Delta) -> str:
    """The change in percent, and whether it is for the better, unless it is rounded to nothing."""
    shown = show_change(change.relative)
    return shown if shown == show_change(0.0) else f"{shown} {WORDS[change.better]}".strip()


def colour_of(change: Delta) -> Literal["normal", "inverse", "off"]:
    """Streamlit's name for: green where the change is for the better, red where for the worse."""
    if change.better is None:
        return "off"
    return "normal" if change.metric.higher_is_better else "inverse"
