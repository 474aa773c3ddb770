"""What may be wrong with a measurement, a line each."""

from collections.abc import Iterable

import streamlit as st

from pages.widgets.layout import escape


def draw_doubts(doubts: Iterable[str]) -> None:
    """A warning for each sentence."""
    for sentence in doubts:
        st.markdown(f":orange[:material/warning: {escape(sentence)}]")
