"""Values in a URL: each kind is read as it was written, and what is no value is refused."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import RequestError
from core.variants.request import FIELDS
from pages.widgets.links.kinds import (
    LARGEST,
    LARGEST_WHOLE,
    LONGEST_TEXT,
    MOST_LISTED,
    Kind,
    choice,
    decimal,
    listed,
    optional,
    read,
    text,
    toggle,
    whole,
)
from pages.widgets.links.page_link import (
    LONGEST_URL,
    PageLink,
    both,
    misspelt,
    read_link,
    refused,
    write_link,
)
from pages.widgets.links.spec_kinds import kind_of

words = st.text(max_size=50)


def again(kind: Kind, value: Any) -> Any:
    return read(kind, "name", kind.write(value))


@given(st.integers(-LARGEST_WHOLE, LARGEST_WHOLE))
def test_whole_numbers_come_back(value: int) -> None:
    assert again(whole(), value) == value


@given(st.floats(-LARGEST, LARGEST))
def test_numbers_come_back_to_the_last_digit(value: float) -> None:
    assert again(decimal(), value) == value


@given(words)
def test_texts_come_back(value: str) -> None:
    assert again(text(), value) == value


@given(st.lists(words.map(str.strip).filter(lambda one: "\n" not in one and "\r" not in one)))
def test_lists_come_back_with_each_value_once(values: list[str]) -> None:
    assert again(listed(text()), values) == list(dict.fromkeys(values))


@given(st.booleans() | st.none())
def test_toggles_come_back_and_so_does_nothing(value: bool | None) -> None:
    assert again(optional(toggle()), value) == value


@pytest.mark.parametrize(
    ("kind", "given_text", "said"),
    [
        (whole(), "1.5", "no whole number"),
        (whole(), "1" * 400, "no whole number"),
        (whole(), str(2**53), "out of bounds"),
        (whole(6, 1000), "5", "whole numbers from 6 to 1000"),
        (whole(), "__import__('os')", "no whole number"),
        (whole(), "٣", "no whole number"),
        (decimal(), "nan", "no number"),
        (decimal(), "1e999", "out of bounds"),
        (decimal(0, 1), "-1", "numbers from 0 to 1"),
        (decimal(), "1_000", "no number"),
        (toggle(), "maybe", "true, false"),
        (choice(["a", "b"]), "c", "a, b"),
        (text(), "x" * (LONGEST_TEXT + 1), "too long"),
        (listed(text()), ",".join(["x"] * (MOST_LISTED + 1)), "at most"),
        (listed(text()), '"x', "quotes"),
        (kind_of("batch_size"), "four", "whole numbers from 1 to 4096"),
        (kind_of("precision"), "bf17", "bf16"),
        (kind_of("device"), "gpu", "cuda:N"),
        (kind_of("quality"), "x", "true"),
    ],
)
def test_what_is_no_value_is_told_with_what_would_do(
    kind: Kind, given_text: str, said: str
) -> None:
    with pytest.raises(RequestError) as told:
        read(kind, "name", given_text)
    assert told.value.field == "name"
    assert said in str(told.value)


def test_a_number_out_of_a_fields_bounds_is_taken_as_it_is_typed() -> None:
    assert read(kind_of("batch_size"), "batch_size", "-3") == -3


def test_old_words_for_closed_fields_are_understood() -> None:
    assert read(kind_of("compile"), "compile", "on") == "whole"
    assert read(kind_of("kv_cache"), "kv_cache", "on") == "on"


def test_every_field_has_a_kind_that_reads_what_it_writes() -> None:
    for field, info in FIELDS.items():
        usual = info.get_default(call_default_factory=True)
        if usual is not None and field != "stop_strings":
            assert again(kind_of(field), usual) == usual


def test_a_link_takes_what_is_right_and_names_what_is_wrong() -> None:
    kinds = {"a": whole(), "b": toggle(), "c": text()}
    found = read_link(kinds, {"a": ["x"], "b": ["on"], "c": ["first", "last"], "d": ["?"]})
    assert found.values == {"b": True, "c": "last"}
    assert [problem.field for problem in found.problems] == ["a"]


def test_a_name_that_is_nearly_right_is_told_and_a_foreign_one_is_not() -> None:
    assert misspelt(["precision"], ["precison", "utm_source", "x" * 500]) == (
        "precison: there is no such parameter here. Nearest: precision.",
    )


def test_texts_too_long_for_a_link_stay_out_the_longest_first() -> None:
    kinds = {"long": text(), "short": text(), "wide": text()}
    values = {"long": "x" * (LONGEST_TEXT + 1), "short": "y", "wide": "水" * 1000}
    written = write_link(kinds, values)
    assert written.texts == {"short": "y"}
    assert written.left_out == ("long", "wide")
    assert LONGEST_URL < 8192


def test_what_a_widget_would_not_show_is_told() -> None:
    (problem,) = refused({"up": text()}, {"up": "x"}, {"up": "y"})
    assert "up: 'x': it cannot be chosen here; this is shown instead: y." in str(problem)


def test_parts_of_a_view_keep_to_their_own_parameters() -> None:
    taken: dict[str, Any] = {}
    one = PageLink({"a": text()}, lambda: {"a": "1"}, lambda values: taken.update(one=values))
    two = PageLink({"b": text()}, lambda: {"b": "2"}, lambda values: taken.update(two=values))
    link = both(one, two)
    assert dict(link.values()) == {"a": "1", "b": "2"}
    link.take({"b": "3"})
    assert taken == {"one": {}, "two": {"b": "3"}}
