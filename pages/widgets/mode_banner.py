"""What stands above every page: that sample data are shown, that nothing can be changed, or that
the history's file is damaged.
"""

import streamlit as st

from core.errors import TradeoffsError
from core.results.sample import Origin
from pages.widgets import mode_state, past_runs, sample_state, state
from pages.widgets.layout import escape
from pages.widgets.login.gate import is_let_in

KEY = "mode_banner"
# It stays below the page list while the rest of the page scrolls beneath it: so it is low, and what
# gets the focus is scrolled to below it.
STAYS = """<style>
[data-testid="stLayoutWrapper"]:has(> .st-key-{key}) {{
  position: sticky; top: 3.75rem; z-index: 90;
}}
.st-key-{key} {{ background: light-dark({light}, {dark}); }}
.st-key-{key}_line {{ padding: 0.3rem 0.5rem 0.3rem 0.75rem; flex-wrap: nowrap; }}
.st-key-{key}_line p {{ font-size: 0.9rem; line-height: 1.4; }}
.stApp [data-testid="stMain"]:has(.st-key-{key}) {{ scroll-padding-top: 9rem; }}
@media (max-width: 640px) {{
  .st-key-{key}_line p {{ font-size: 0.8rem; line-height: 1.3; }}
  .stApp [data-testid="stMain"]:has(.st-key-{key}) {{ scroll-padding-top: 10rem; }}
}}
</style>"""


def draw_mode() -> None:
    """The banner; nothing where the person's own history is shown and may be changed, and nothing
    of either before login.
    """
    if not is_let_in():
        return
    try:
        sample, refused = mode_state.is_sample(), state.refused()
        origin = sample_state.sample().origin if sample else None
        rescue = None if sample else past_runs.history_rescue()
    except TradeoffsError as error:
        st.error(escape(str(error)), icon=":material/error:")
        return
    if origin is not None:
        _sample(origin)
    elif refused is not None:
        st.info(escape(refused), icon=":material/lock:")
    if rescue is not None:
        st.warning(escape(rescue.words), icon=":material/healing:")


def _sample(origin: Origin) -> None:
    light, dark = (st.get_option(f"theme.{mode}.backgroundColor") for mode in ("light", "dark"))
    st.html(STAYS.format(key=KEY, light=light or "Canvas", dark=dark or "Canvas"))
    inner = st.container(key=KEY).container(
        key=f"{KEY}_line",
        border=True,
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="center",
    )
    with inner:
        st.markdown(f":orange[:material/science: **Sample data:**] {escape(origin.words)}")
        st.button(
            "Leave",
            key="leave_sample",
            icon=":material/logout:",
            help="Leaves the sample data and goes back to this machine's own runs.",
            type="tertiary",
            on_click=mode_state.leave_sample,
        )
