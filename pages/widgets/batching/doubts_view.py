"""What may be wrong with a measurement, a line each."""

from collections.abc import Sequence

import streamlit as st

from pages.widgets.layout import escape

SHOWN = 3


def draw_doubts(doubts: Sequence[str]) -> None:
    """A warning for each sentence; those after the first few in a box, so that the figures they
    are about stay in sight.
    """
    at_once = doubts if len(doubts) <= SHOWN + 1 else doubts[:SHOWN]
    _draw(at_once)
    rest = doubts[len(at_once) :]
    if rest:
        with st.expander(f":orange[:material/warning: {len(rest)} more doubts]", key="load_doubts"):
            _draw(rest)


def _draw(doubts: Sequence[str]) -> None:
    for sentence in doubts:
        st.markdown(f":orange[:material/warning: {escape(sentence)}]")
