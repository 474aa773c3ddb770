"""The report as a file, and as a command that writes the same."""

import datetime

import streamlit as st

from core.analysis.savings.saving import Savings
from core.report.origins import report_command
from core.report.report import report_html
from pages.widgets import mode_state, sample_state
from pages.widgets.layout import verbatim
from pages.widgets.present.choice import Choice


def draw_download(choice: Choice, savings: Savings) -> None:
    """The button, what the file is good for, and the command."""
    # The file is made outside of the session, which alone knows what history it looks at.
    sample = sample_state.sample().origin.words if mode_state.is_sample() else ""
    st.download_button(
        "Report, one HTML file",
        data=lambda: _file(choice, sample),
        file_name=mode_state.file_name(f"report-{savings.today.run.run_id}.html"),
        mime="text/html",
        key="present_report",
        icon=":material/download:",
        type="primary",
        on_click="ignore",
    )
    st.caption(
        "It opens anywhere without a network, with all tables, plots, the method and how to "
        "repeat it (about 5 MB). For a PDF or a picture, open it and print it."
    )
    if sample:
        return  # no history in a shell has these runs
    with st.expander("The same from a shell", icon=":material/terminal:"):
        verbatim(report_command(savings))


def _file(choice: Choice, sample: str) -> bytes:
    today = datetime.datetime.now(datetime.UTC).date()
    return report_html(choice.today, choice.then, choice.terms, today, sample).encode()
