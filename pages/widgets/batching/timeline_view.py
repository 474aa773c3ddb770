"""Requests over time under one policy: why batching makes some wait and all faster."""

from collections.abc import Mapping, Sequence

import streamlit as st

from core.plots import batching_timeline
from core.results.serving import ServedLoad
from pages.widgets.layout import escape

HELP = (
    "Each row is a request: grey while it waits, then strong for its prefill and lighter for its "
    "decode steps. A batch's requests have one colour; hatched is done, but held until the "
    "longest answer of its batch is."
)


def draw_timelines(by_policy: Mapping[str, Sequence[ServedLoad]], key: str) -> None:
    """The timelines of the policy that is chosen, beside each other where there are two."""
    known = {label: loads for label, loads in by_policy.items() if any(x.served for x in loads)}
    if not known:
        return
    with st.container(border=True):
        chosen = st.segmented_control(
            "Requests over time",
            [*known],
            default=[*known][-1],
            key=f"timeline_{key}",
            required=True,
            help=HELP,
        )
        loads = known.get(str(chosen), [*known.values()][-1])
        for column, load in zip(st.columns(len(loads)), loads, strict=True):
            with column:
                _draw(load, key)


def _draw(load: ServedLoad, key: str) -> None:
    kind = "Simulated" if load.simulated else "Measured"
    st.markdown(f"**{kind}.** {escape(batching_timeline.takeaway(load))}")
    figure = batching_timeline.figure(load)
    plot = f"timeline_{key}_{kind}"
    st.plotly_chart(figure, key=plot, config={"displayModeBar": False})
    hidden = len(load.served) - len(batching_timeline.shown(load))
    if hidden > 0:
        st.caption(f"The first {batching_timeline.MOST_REQUESTS} of {len(load.served):,}.")
