"""Taking runs from a CSV into the history: the file, how far it is, and what became of each row."""

import pandas as pd
import streamlit as st

from core.jobs.importing import ImportState
from core.results.csv.importing import BadRow
from core.results.csv.words import notes_of, outcome_in_words
from pages.widgets import import_state
from pages.widgets.layout import escape
from pages.widgets.start_box import unless_refused

LARGEST_FILE_MB = 200
WHAT_IT_DOES = "Checks each row of the chosen file and adds the good ones to this history."
MOST_SHOWN = 1000
HELP = (
    "A CSV that this page or `python -m core history --csv` exported, here or on another machine. "
    "Each row is checked: good ones are added, bad ones are named by line. Runs that are here "
    f"already stay as they are. Larger files than {LARGEST_FILE_MB} MB: "
    "`python -m core history --import FILE`."
)
BAD_COLUMNS = {
    "line": st.column_config.NumberColumn(
        width=70, format="%d", help="The row's first line in the file, as an editor counts."
    ),
    "column": st.column_config.TextColumn(help="The cell at fault, if it is one."),
    "reason": st.column_config.TextColumn(help="Why the row was left out of the history."),
}


def draw_import() -> None:
    """A box with the file to import, and the latest import of this session below."""
    followed = import_state.followed()
    with st.expander("Import CSV", expanded=followed is not None, key="import_box"):
        st.file_uploader(
            "A CSV of runs",
            type=["csv", "tsv", "txt"],
            key=import_state.FILE,
            max_upload_size=LARGEST_FILE_MB,
            **unless_refused(why=HELP),
        )
        going_on = followed is not None and not followed.is_over
        st.button(
            "Import",
            key="import_runs",
            icon=":material/upload:",
            on_click=import_state.begin,
            **unless_refused(going_on or not import_state.has_file(), WHAT_IT_DOES),
        )
        if going_on:
            _watch()
        elif followed is not None:
            _tell(followed)
        elif import_state.is_forgotten():
            st.caption(
                "The server was started again since that import, and has forgotten how it went. "
                "Import the file once more: what is here already is told, and nothing comes twice."
            )


@st.fragment(run_every=1)
def _watch() -> None:
    """How far it is, until it is over."""
    followed = import_state.followed()
    if followed is None or followed.is_over:
        st.rerun()
    st.info(
        f"Importing {escape(followed.name)}: {followed.report.rows:,} rows so far. It goes on when "
        "this page is closed.",
        icon=":material/hourglass_top:",
    )


def _tell(state: ImportState) -> None:
    """What became of the file, in words, and the bad rows in a table."""
    report, name = state.report, escape(state.name)
    if state.problem:
        st.error(f"{name}: {escape(state.problem)}", icon=":material/error:")
        if not report.rows:
            return
    said = f"{name}: {escape(outcome_in_words(report))}"
    if report.bad_rows:
        st.warning(said, icon=":material/rule:")
    elif not state.problem:
        st.success(said, icon=":material/check_circle:")
    for note in notes_of(report):
        st.caption(escape(note))
    if report.bad:
        if len(report.bad) > MOST_SHOWN:
            st.caption(f"The first {MOST_SHOWN:,} rows that were left out:")
        st.dataframe(
            bad_frame(report.bad[:MOST_SHOWN]),
            hide_index=True,
            key="bad_rows",
            column_config=BAD_COLUMNS,
        )


def bad_frame(bad: tuple[BadRow, ...]) -> pd.DataFrame:
    """Each row that was left out: its line, the column at fault, and why."""
    lines = [(row.line, row.column or "", row.reason) for row in bad]
    return pd.DataFrame(lines, columns=["line", "column", "reason"])
