"""What pages share: text from outside is shown as it is, and a fault is told in words."""

import pytest
from streamlit.testing.v1 import AppTest

from pages.widgets.layout import escape


@pytest.mark.parametrize(
    "text",
    ["![x](http://a.b/x.png)", "[link](javascript:alert)", "$x^2$", ":red[x] :smile:", "<b>&amp;"],
)
def test_nothing_from_outside_is_read_as_markdown(text: str) -> None:
    escaped = escape(text)
    assert escaped.replace("\\", "") == text
    for sign in "![]()<>$:*_`&":
        assert escaped.count(sign) == escaped.count("\\" + sign)


def test_text_stays_on_one_line() -> None:
    assert escape("one\n# two\n\n- three") == "one \\# two \\- three"


def test_a_fault_of_a_page_is_told_and_not_shown() -> None:
    def page() -> None:
        from pages.widgets.layout import error_boundary

        with error_boundary():
            raise ValueError("a secret path")

    shown = AppTest.from_function(page).run()
    (message,) = shown.error
    assert "ValueError" in message.value
    assert "secret" not in message.value
    assert not shown.exception
