"""Tabs of which the open one alone is drawn, and which stand in the link."""

from collections.abc import Callable, Mapping

import streamlit as st

from pages.widgets.links.link_state import follow


def draw_open_tab(draws: Mapping[str, Callable[[], object]], key: str) -> None:
    """A tab for each label; for a fragment, which then runs by itself when another is opened. Each
    plot costs the browser a tenth of a second, also in a tab that is hidden.
    """
    tabs = st.tabs([*draws], key=key, on_change=follow)
    for tab, draw in zip(tabs, draws.values(), strict=True):
        if tab.open:
            with tab:
                draw()
