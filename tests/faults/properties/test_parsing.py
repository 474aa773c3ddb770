"""What was written down in the way that the manual says is read as what it was."""

import csv
import io
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from core.analysis.cost import HIGHEST_PRICE, parse_price
from core.analysis.deciding.asking.sentence import read_ask
from core.analysis.deciding.asking.words import UNITS, Side
from core.variants.drawn_lengths import LengthKind, Lengths, parse_lengths
from core.variants.grid import parse_axes
from core.variants.stop_strings import as_typed_lines, typed_lines
from core.variants.task import AnswerTask, Match, parse_task
from core.variants.trace import decode_trace, parse_trace

DELIMITERS = st.sampled_from(",;\t")
ENDS = st.sampled_from(["\n", "\r\n", "\r"])
CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1, max_size=20)
ROWS = st.lists(
    st.tuples(
        st.integers(0, 10**9).map(lambda millis: millis / 1000),
        st.integers(1, 10**6),
        st.integers(1, 10**6),
    ),
    min_size=1,
    max_size=30,
)


def as_csv(rows: Sequence[Sequence[object]], delimiter: str, end: str) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(rows)
    return out.getvalue()


@settings(deadline=None)
@given(ROWS, DELIMITERS, ENDS, st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_a_trace_is_read_whatever_separates_its_cells_and_lines(
    rows: list[tuple[float, int, int]], delimiter: str, end: str, encoding: str
) -> None:
    header = [("arrival_s", "prompt_tokens", "output_tokens")]
    comma = delimiter == ";"
    cells = [(str(at).replace(".", ",") if comma else str(at), p, o) for at, p, o in rows]
    text = as_csv([*header, *cells], delimiter, end)
    trace = parse_trace(decode_trace(text.encode(encoding)))
    first = min(at for at, _, _ in rows)
    got = [(row.arrival_s, row.prompt_tokens, row.output_tokens) for row in trace.rows]
    assert got == [(at - first, p, o) for at, p, o in sorted(rows, key=lambda row: row[0])]


@settings(deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=8), DELIMITERS)
def test_questions_come_back_as_they_were_written(
    questions: list[tuple[str, str]], delimiter: str
) -> None:
    kept = [(p, e) for p, e in questions if p.strip() and e.strip()]
    kept = [(f"q{prompt}", f"a{expected}z") for prompt, expected in kept] or [("q", "a")]
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([("prompt", "expected"), *kept])
    task = parse_task(out.getvalue())
    assert isinstance(task, AnswerTask)
    assert [(one.prompt, one.expected) for one in task.questions] == kept
    assert {one.match for one in task.questions} == {Match.CONTAINS}


@given(st.floats(0, HIGHEST_PRICE))
def test_a_price_is_the_number_that_was_typed(price: float) -> None:
    assert parse_price(repr(price)) == price


@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\n\r\0"))
        .map(str.strip)
        .filter(bool),
        min_size=1,
        max_size=5,
    )
)
def test_values_of_an_axis_come_back_from_their_list(values: list[str]) -> None:
    line = as_csv([values], ",", "")
    assert parse_axes({"model": line})["model"] == tuple(values)


@given(st.lists(st.text(min_size=1), max_size=5).map(tuple))
def test_stop_strings_come_back_as_they_are_typed(texts: tuple[str, ...]) -> None:
    assert typed_lines(as_typed_lines(texts)) == texts


lengths = st.one_of(
    st.builds(Lengths, kind=st.just(LengthKind.FIXED), mean=st.integers(1, 10**6).map(float)),
    st.tuples(st.integers(1, 10**6), st.integers(1, 10**6)).map(
        lambda ends: Lengths(kind=LengthKind.UNIFORM, low=min(ends), high=max(ends))
    ),
    st.builds(Lengths, kind=st.just(LengthKind.GEOMETRIC), mean=st.floats(1, 10**6)),
    st.builds(
        Lengths, kind=st.just(LengthKind.LOGNORMAL), mean=st.floats(1, 10**6),
        spread=st.floats(1e-6, 10), low=st.none() | st.integers(1, 100),
        high=st.none() | st.integers(100, 10**6),
    ),
)  # fmt: skip


@given(lengths)
def test_lengths_in_a_word_are_the_same_lengths(drawn: Lengths) -> None:
    again = parse_lengths("prompt_lengths", str(drawn))
    assert str(again) == str(drawn)
    assert (again.mean, again.spread) == (drawn.mean, drawn.spread)


@settings(deadline=None)
@given(
    st.sampled_from(["at most", "no more than", "up to", "<="]),
    st.integers(1, 10**9).map(lambda thousandths: thousandths / 1000),
    st.sampled_from([*UNITS["bytes"]]),
)
def test_a_limit_in_words_is_the_number_in_its_unit(said: str, number: float, unit: str) -> None:
    (limit,) = read_ask(f"memory {said} {number!r} {unit}").constraints
    assert limit.side is Side.AT_MOST
    assert limit.limit == number * UNITS["bytes"][unit]
