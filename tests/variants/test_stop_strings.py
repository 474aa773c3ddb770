"""Stop strings as they are typed, and back."""

from hypothesis import given
from hypothesis import strategies as st

from core.variants.stop_strings import as_typed_lines, typed_lines


def test_one_per_line_with_escaped_line_breaks_and_tabs() -> None:
    assert typed_lines("END\n\\n\\n\n\n a \\t b") == ("END", "\n\n", " a \t b")


def test_a_backslash_that_escapes_nothing_stays() -> None:
    assert typed_lines("\\frac\n\\\\n") == ("\\frac", "\\n")


@given(st.lists(st.text(min_size=1)))
def test_what_is_typed_for_stop_strings_is_read_as_them(texts: list[str]) -> None:
    assert typed_lines(as_typed_lines(texts)) == tuple(texts)
