"""A table of texts some of which are numbers with their units: those columns are aligned right."""

import hashlib
from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

# Streamlit writes the alignment of each cell on the cell itself.
RIGHT = "right !important"


def draw_number_table(frame: pd.DataFrame, right: Sequence[str], *, hide_index: bool) -> None:
    """The table, which is Markdown, with these columns and their headings aligned right."""
    # The same id as long as nothing changes, so that drawing the page anew draws no new table.
    content = f"{frame.to_csv()}{right}".encode()
    styler = Styler(frame, uuid=hashlib.sha256(content).hexdigest()[:8])
    heading: Any = [{"selector": "th", "props": f"text-align: {RIGHT}"}]
    styler.set_properties(subset=[*right], **{"text-align": RIGHT})
    styler.set_table_styles(dict.fromkeys(right, heading), overwrite=False)
    st.table(styler, hide_index=hide_index)
