"""Texts in cells: no spreadsheet takes one for a formula, and each comes back exactly."""

import csv
import io
import sys
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.results.csv.cells import SIGNS, UNSEEN, armed, csv_text, disarmed

TEXTS = st.text(st.one_of(st.sampled_from("=+-@'\"＝－ ;,\t\r\n\0\u200b"), st.characters()))
STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "−")


def begins_a_formula(cell: str) -> bool:
    seen = cell.lstrip(' \0\u200b\ufeff\xa0"')
    return seen.startswith(STARTS) or cell.startswith(("\t", "\r", "\n"))


@given(TEXTS)
@example("'=1")
@example("''")
@example("a;'=1\n'b")
def test_what_was_disarmed_comes_back(text: str) -> None:
    assert armed(disarmed(text)) == text


@given(TEXTS)
@example('a;"=1+1')
def test_no_cell_begins_a_formula_whatever_separates_cells(text: str) -> None:
    line = csv_text([["run-1", text, "x"]])
    assert not begins_a_formula(next(csv.reader([line], strict=False))[1]) or "\n" in text
    for part in line.replace("\r", "\n").replace("\t", "\n").replace(";", "\n").split("\n"):
        assert not begins_a_formula(part)


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@A", "\t1", "\r1", "\n1", " =1", "＝1", "'x"])
def test_what_begins_a_formula_gets_an_apostrophe(text: str) -> None:
    assert disarmed(text).startswith("'")


@pytest.mark.parametrize("text", ["a-b", "a, -b", "a=b", "1.5", "", "{}", "a\nb", "it's", 'a "b"'])
def test_what_begins_none_stays_as_it_is(text: str) -> None:
    assert disarmed(text) == text


def test_every_form_of_the_signs_and_of_blanks_is_known() -> None:
    characters = [chr(code) for code in range(sys.maxunicode) if not 0xD800 <= code < 0xE000]
    for character in characters:
        if unicodedata.normalize("NFKC", character) in ("=", "+", "-", "@"):
            assert disarmed(f"{character}1") != f"{character}1", (character, SIGNS)
        if character.isspace():
            assert disarmed(f"{character}=1") != f"{character}=1", (character, UNSEEN)


def test_numbers_stay_numbers_and_the_unknown_is_empty() -> None:
    text = csv_text([[-1.5, 1e-7, True, None, -3]])
    assert text == "-1.5,1e-07,true,,-3\r\n"
    assert next(csv.reader(io.StringIO(text)))[0] == "-1.5"
