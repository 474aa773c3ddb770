"""Requests over time under one policy: why batching makes some wait and all faster."""

from collections.abc import Mapping

import streamlit as st

from core.plots import batching_timeline
from core.results.serving import ServedLoad
from pages.widgets.layout import escape
from pages.widgets.links.keyed_state import note_usual
from pages.widgets.links.link_state import follow

TITLE = "Requests over time"
HELP = (
    "Each row is a request: grey while it waits, then strong for its prefill and lighter for its "
    "decode steps. A batch's requests have one colour; hatched is done, but held until the "
    "longest answer of its batch is."
)


def timeline_key(key: str) -> str:
    """The key of the choice of a policy."""
    return f"timeline_{key}"


def draw_timelines(by_policy: Mapping[str, Mapping[str, ServedLoad]], key: str) -> None:
    """The timelines of the policy that is chosen, each under its title, beside each other where
    there are two.
    """
    known = {
        label: loads
        for label, loads in by_policy.items()
        if any(load.served for load in loads.values())
    }
    if not known:
        return
    note_usual(timeline_key(key), [*known][-1])
    _draw_chosen(known, key)


@st.fragment
def _draw_chosen(known: Mapping[str, Mapping[str, ServedLoad]], key: str) -> None:
    chosen = st.segmented_control(
        f"{TITLE}, under",
        [*known],
        default=[*known][-1],
        key=timeline_key(key),
        required=True,
        help=HELP,
        on_change=follow,
    )
    loads = known.get(str(chosen), [*known.values()][-1])
    st.caption(escape(batching_timeline.policy_words(next(iter(loads.values())))))
    until_s = max(map(batching_timeline.last_end_s, loads.values()))
    for column, (title, load) in zip(st.columns(len(loads)), loads.items(), strict=True):
        with column:
            _draw(title, load, until_s, key)


def _draw(title: str, load: ServedLoad, until_s: float, key: str) -> None:
    st.markdown(f"**{title}.** {escape(batching_timeline.takeaway(load))}")
    figure = batching_timeline.figure(load, until_s)
    plot = f"timeline_{key}_{'simulated' if load.simulated else 'measured'}"
    st.plotly_chart(figure, key=plot, config={"displayModeBar": False})
    hidden = len(load.served) - len(batching_timeline.shown(load))
    if hidden > 0:
        st.caption(f"The first {batching_timeline.MOST_REQUESTS} of {len(load.served):,}.")
