"""What nobody should wait for on the way to a page for the first time, done once the first page
stands.
"""

import gc
import importlib
import pkgutil
import threading
import time

import pandas as pd
import streamlit as st

from core.garbage import give_back
from pages import widgets

AHEAD = "drawn_ahead"
RARELY = (10_000, 10, 20)  # made and not gone, before each generation is looked through
TIDY_S = 60.0


@st.cache_resource(show_spinner=False)
def warm_up() -> None:
    """Import what the pages are made of. All of it stays as long as the server does, so the garbage
    collector need not look through it again, which takes longer than most answers; and of what is
    made for an answer most goes by itself, so it looks less often, and at all of it once a minute.
    """
    for module in pkgutil.walk_packages(widgets.__path__, f"{widgets.__name__}."):
        importlib.import_module(module.name)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*RARELY)
    threading.Thread(target=_tidy, name="tidy", daemon=True).start()


def _tidy() -> None:
    """Give back, between answers, what closed tabs and drawn pages left: by itself the collector
    would wait until hundreds of megabytes had gathered. Nothing is done where nothing was.
    """
    seen = -1
    while True:
        time.sleep(TIDY_S)
        looked = gc.get_stats()[0]["collections"]
        if looked != seen:
            give_back()
            seen = gc.get_stats()[0]["collections"]


def draw_ahead() -> None:
    """At a session's start, a plot and a table that nobody sees (style.css): the browser fetches
    with them, while a person reads, what draws all others.
    """
    if AHEAD in st.session_state:
        return
    st.session_state[AHEAD] = True
    with st.container(key="ahead"):
        st.plotly_chart({"data": [{"y": []}]}, key="plot_ahead")
        st.dataframe(pd.DataFrame(), key="table_ahead")
