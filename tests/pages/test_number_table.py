"""A table whose numbers are aligned right."""

from streamlit.testing.v1 import AppTest

TEXT = """
import pandas as pd
from pages.widgets.number_table import draw_number_table
frame = pd.DataFrame({"Part": ["weights", "cache"], "Bytes": ["538 MB", "1.80 MB"]})
draw_number_table(frame, ["Bytes"], hide_index=True)
"""


def drawn() -> AppTest:
    return AppTest.from_string(TEXT).run()


def test_its_numbers_and_their_heading_are_aligned_right_and_nothing_else() -> None:
    (table,) = drawn().table
    style = table.proto.arrow_data.styler.styles
    assert "th.col1 { text-align: right !important }" in style
    assert "_row0_col1" in style
    assert "_row1_col1" in style
    assert "col0" not in style
    assert list(table.value["Bytes"]) == ["538 MB", "1.80 MB"]


def test_drawn_again_it_is_the_same_table() -> None:
    first, second = (drawn().table[0].proto for _ in range(2))
    assert first == second
