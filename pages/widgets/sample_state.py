"""The sample data as this server has opened them, once for all sessions that look at them.

Beside `state`, a module that touches Streamlit's caches.
"""

import streamlit as st

from core.jobs.manager import JobManager
from core.results.sample import Sample


@st.cache_resource(show_spinner="Opening the sample data …")
def sample() -> Sample:
    """The sample data; raises HistoryError where they cannot be opened."""
    return Sample()


@st.cache_resource(show_spinner=False)
def manager() -> JobManager:
    """A job manager over the sample data, which starts nothing."""
    return JobManager(history=sample().history)
