"""The list of pages, and nothing else: each page is complete by itself."""

import streamlit as st

st.navigation(
    [
        st.Page("pages/explore.py", title="Explore", icon=":material/speed:", default=True),
        st.Page("pages/history.py", title="History", icon=":material/history:"),
        st.Page("pages/methodology.py", title="Methodology", icon=":material/straighten:"),
    ],
    position="top",
).run()
