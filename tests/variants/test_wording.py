"""What a field refuses is told in words that a person uses."""

import pytest

from core.errors import RequestError
from core.variants.request import FIELDS, build_spec

REFUSED = (-1, 0, 1.5, 10**12, "many", "", None, float("inf"), float("nan"), [], {}, " ")
JARGON = ("Input should", "String should", "Tuple should", "List should", "Value error", "pattern")


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("batch_size", 0, "it must be a whole number from 1 to 4096."),
        ("batch_size", 5000, "it must be a whole number from 1 to 4096."),
        ("batch_size", "x", "it must be a whole number from 1 to 4096."),
        ("batch_size", 1.5, "it must be a whole number from 1 to 4096."),
        ("batch_size", None, "it must be a whole number from 1 to 4096."),
        ("no_repeat_ngram_size", 0, "it must be a whole number from 1 to 1000."),
        ("time_limit_s", 0, "it must be a number above 0 to 86400."),
        ("time_limit_s", float("inf"), "it must be a number above 0 to 86400."),
        ("precision", "fp3", "there is no such choice."),
        ("quality", "maybe", "it must be true or false."),
        ("device", "tpu", "it must be cpu, or cuda and a number as in cuda:0."),
        ("prompt", " ", "the prompt is empty."),
        ("prompt", 5, "it must be a text."),
        ("prompt", "a" * 1_000_001, "a text here has at most 1,000,000 characters."),
        ("stop_strings", ["a"] * 17, "there may be at most 16 of them."),
        ("stop_strings", [""], "an empty text says nothing."),
    ],
)
def test_the_reason_says_what_the_field_takes(field: str, value: object, reason: str) -> None:
    with pytest.raises(RequestError) as caught:
        build_spec({field: value})
    assert (caught.value.field, caught.value.reason) == (field, reason)


@pytest.mark.parametrize("field", FIELDS)
def test_no_field_answers_in_the_librarys_words(field: str) -> None:
    for value in REFUSED:
        reason = refusal(field, value)
        assert [word for word in JARGON if word in reason] == [], (value, reason)


def refusal(field: str, value: object) -> str:
    """Why the value was refused; empty where it was taken."""
    try:
        build_spec({field: value})
    except RequestError as error:
        return error.reason
    return ""
