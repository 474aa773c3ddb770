"""Requests over time under one policy: why batching makes some wait and all faster."""

from collections.abc import Sequence

import streamlit as st

from core.plots import batching_timeline
from core.results.serving import ServedLoad
from pages.widgets.layout import escape


def draw_timelines(loads: Sequence[ServedLoad], key: str) -> None:
    """The timeline of one of them, by the policy that is chosen."""
    by_label = {name_of(load): load for load in loads if load.served}
    if not by_label:
        return
    with st.container(border=True):
        chosen = st.segmented_control(
            "Requests over time",
            [*by_label],
            default=[*by_label][-1],
            key=f"timeline_{key}",
            required=True,
            help="Each row is a request: grey while it waits, then strong for its prefill and "
            "lighter for its decode steps; a batch's requests have one colour.",
        )
        load = by_label.get(str(chosen), loads[-1])
        st.markdown(escape(batching_timeline.takeaway(load)))
        figure = batching_timeline.figure(load)
        st.plotly_chart(figure, key=f"timeline_plot_{key}", config={"displayModeBar": False})
        hidden = len(load.served) - len(batching_timeline.shown(load))
        if hidden > 0:
            st.caption(f"The first {batching_timeline.MOST_REQUESTS} of {len(load.served):,}.")


def name_of(load: ServedLoad) -> str:
    """The policy."""
    return load.policy.label
