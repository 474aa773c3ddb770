"""Earlier load tests, with a way to each."""

import streamlit as st

from core.experiments.batching.load_picture import ListedLoadTest
from core.results.format import show_time
from pages.widgets.batching import batching_state
from pages.widgets.layout import escape

SHOWN = 10


def draw_load_tests() -> None:
    """The newest ones that measured a load; nothing where there are none."""
    tests = [test for test in batching_state.listed() if test.request.measured]
    if not tests:
        return
    with st.expander(f"Earlier load tests ({len(tests)})", key="load_tests", expanded=True):
        for test in tests[:SHOWN]:
            _draw(test)
        if len(tests) > SHOWN:
            st.caption(f"And {len(tests) - SHOWN} more.")


def _draw(test: ListedLoadTest) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Open",
            key=f"open_{test.experiment_id}",
            type="tertiary",
            help="Shows what it measured beside its simulation.",
            on_click=batching_state.open_test,
            args=(test.experiment_id,),
        )
        st.markdown(f"{show_time(test.created_at)} · {escape(test.title)} · {test.status}")
