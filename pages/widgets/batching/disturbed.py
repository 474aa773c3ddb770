"""Who else used the processors while something was measured: times then say less of the variant."""

from collections.abc import Iterable

import streamlit as st

from core.results.format import show
from core.results.observed import DeviceState
from core.results.trust import FOREIGN_SHARE
from pages.widgets.layout import escape


def draw_disturbed(states: Iterable[tuple[DeviceState, str]]) -> None:
    """A warning for each state that was disturbed, with the words of what was done meanwhile."""
    for state, meanwhile in states:
        sentence = disturbance(state, meanwhile)
        if sentence:
            st.markdown(f":orange[:material/warning: {escape(sentence)}]")


def disturbance(state: DeviceState, meanwhile: str) -> str | None:
    """How much other processes took while that was done; None where it is little or unknown."""
    share = state.other_cpu_share or 0.0
    if share <= FOREIGN_SHARE:
        return None
    return f"Other processes used {show(share, 'share')} of the processors while {meanwhile}."
