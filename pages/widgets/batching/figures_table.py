"""The figures of policies beside each other, in words and numbers."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.analysis.batching.curve import Curve
from core.analysis.batching.figures import FIGURES
from core.analysis.batching.study import PolicyStudy
from core.results.format import DASH, show_alike, significant
from pages.widgets.metric_list import explained_columns

SHOWN = (
    "goodput_share", "e2e_p50_s", "e2e_p95_s", "ttft_p50_s", "ttft_p95_s", "queue_p50_s",
    "output_tokens_per_s", "usd_per_million_tokens", "padding_share", "mean_batch", "utilisation",
)  # fmt: skip
COLUMNS = tuple(FIGURES[key] for key in SHOWN)
POLICY = "Who decides which waiting requests share a forward pass; the controls explain each."
LIMITS = {
    "Can serve": "The most requests per second: those of a queue that is never empty.",
    "Knee": "The highest rate at which 95 of 100 requests are answered within three times what an "
    "unloaded server takes.",
}


def draw_figures(found: Sequence[PolicyStudy], curves: Sequence[Curve]) -> None:
    """A row for each policy: its figures, what it can serve at most, and its knee."""
    by_policy = {curve.policy: curve for curve in curves}
    rows = [{"Policy": one.policy.label, **_limits(by_policy.get(one.policy))} for one in found]
    frame = pd.DataFrame(rows)
    for column in COLUMNS:
        values = [column.read(one.metrics) for one in found]
        frame[column.label] = show_alike(values, column.unit)
    told = {"Policy": POLICY, **LIMITS, **{column.label: column.help for column in COLUMNS}}
    columns = explained_columns(told, right=[*told][1:])
    columns["Policy"] = st.column_config.Column(pinned=True, help=POLICY)
    st.dataframe(frame, hide_index=True, column_config=columns)


def _limits(curve: Curve | None) -> dict[str, str]:
    """What a policy can serve, and where it bends; dashes of a load without a rate."""
    found = (curve.capacity_per_s, curve.knee_per_s) if curve else (None, None)
    return {name: _rate(per_s) for name, per_s in zip(LIMITS, found, strict=True)}


def _rate(per_s: float | None) -> str:
    return DASH if per_s is None else f"{significant(per_s)}/s"
