"""Doubts about a measurement: none is lost, and many of them do not hide what they are about."""

import pytest
from streamlit.testing.v1 import AppTest


def script(count: int) -> None:
    from pages.widgets.batching.doubts_view import draw_doubts

    draw_doubts([f"Doubt {number}." for number in range(count)])


@pytest.mark.parametrize(("count", "boxes"), [(0, 0), (4, 0), (9, 1)])
def test_all_doubts_are_told_and_many_in_a_box(count: int, boxes: int) -> None:
    page = AppTest.from_function(script, args=(count,)).run()
    assert not page.exception
    assert len(page.markdown) == count
    assert len(page.expander) == boxes
    if boxes:
        assert "6 more doubts" in page.expander[0].label
