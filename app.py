"""The list of pages, and what stands above each of them; each page is complete by itself.

`streamlit run` reads this file twice: once for the server, and as the script of each session.
"""

import streamlit as st
from starlette.middleware import Middleware

from pages.widgets.mode_banner import draw_mode
from pages.widgets.own_origin import OwnOriginOnly
from pages.widgets.unexpected import say_what_failed
from pages.widgets.upload_bounds import UploadBounds
from pages.widgets.warm_up import draw_ahead, warm_up

if __name__ != "__main__":
    gates = [Middleware(OwnOriginOnly), Middleware(UploadBounds)]
    app = st.App(__file__, middleware=gates, on_script_error=say_what_failed)
else:
    page = st.navigation(
        [
            st.Page("pages/start.py", title="Start"),
            st.Page("pages/explore.py", title="Explore", default=True),
            st.Page("pages/sweep.py", title="Sweep"),
            st.Page("pages/compare.py", title="Compare"),
            st.Page("pages/decide.py", title="Decide"),
            st.Page("pages/present.py", title="Present"),
            st.Page("pages/batching.py", title="Batching"),
            st.Page("pages/claims.py", title="Claims"),
            st.Page("pages/history.py", title="History"),
            st.Page("pages/methodology.py", title="Methodology"),
        ],
        position="top",
    )
    draw_mode()
    page.run()
    draw_ahead()
    warm_up()
