"""Traces as spreadsheets write them, and what is said of broken rows."""

import pytest

from core.errors import RequestError
from core.variants.trace import MOST_ROWS, decode_trace, line_ranges, parse_trace

HEADER = "arrival_s,prompt_tokens,output_tokens\n"


def rows_of(text: str) -> list[tuple[float, int | None, int | None]]:
    return [(r.arrival_s, r.prompt_tokens, r.output_tokens) for r in parse_trace(text).rows]


def refusal(text: str) -> RequestError:
    with pytest.raises(RequestError) as caught:
        parse_trace(text)
    assert caught.value.field == "trace"
    return caught.value


def test_the_first_arrival_is_zero() -> None:
    assert rows_of(HEADER + "1.5,10,5\n4,20,6\n") == [(0.0, 10, 5), (2.5, 20, 6)]
    assert parse_trace(HEADER + "1,1,1\n3,1,1\n5,1,1\n").rate_per_s == 0.5
    assert parse_trace(HEADER + "1,1,1\n1,1,1\n").rate_per_s is None


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffarrival_s;prompt_tokens;output_tokens\r\n0,25;10;5\r\n1,25;20;6\r\n \r\n",
        'Arrival_S ; "Prompt_Tokens";Output tokens\n0.25;10.0;"5"\n\n1.25;20;6',
        '"arrival_s","prompt_tokens","output_tokens"\n"0.25","10","5"\n"1.25","20","6"\n',
        '"arrival_s";"prompt_tokens";"output_tokens"\n"0,25";"10";"5"\n"1,25";"20";"6"\n',
        '"arrival_s"\t"prompt_tokens"\t"output_tokens"\n"0.25"\t"10"\t"5"\n1.25\t20\t6\n',
        "arrival_s\tprompt_tokens\toutput_tokens\r0.25\t10\t5\r1.25\t20\t6\r",
        "timestamp,prompt_tokens,output_tokens\n"
        "2026-03-01T09:00:00.25Z,10,5\n2026-03-01T10:00:01.25+01:00,20,6",
        "TIMESTAMP,ContextTokens,GeneratedTokens\n"
        "2023-11-16 18:17:03.2500000,10,5\n2023-11-16 18:17:04.2500000,20,6\n",
        "output_tokens,timestamp,prompt_tokens\n5,1700000000.25,10\n6,1700000001.25,20\n",
    ],
)
def test_one_trace_in_many_hands(text: str) -> None:
    assert rows_of(text) == [(0.0, 10, 5), (1.0, 20, 6)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_files_of_spreadsheets_are_decoded(encoding: str) -> None:
    text = "arrival_s\n1\n2\n"
    assert rows_of(decode_trace(text.encode(encoding))) == [(0.0, None, None), (1.0, None, None)]


def test_a_file_that_is_no_text_is_refused() -> None:
    with pytest.raises(RequestError, match="no text in UTF-8"):
        decode_trace(b"PK\x03\x04\xff\xfe\x00")


def test_rows_out_of_order_are_sorted_and_it_is_said() -> None:
    trace = parse_trace("arrival_s,model\n1,a\n5,a\n2,a\n3,a\n9,a\n")
    assert [row.arrival_s for row in trace.rows] == [0, 1, 2, 4, 8]
    assert [row.line for row in trace.rows] == [2, 4, 5, 3, 6]
    sorted_, unused = trace.notes
    assert "lines 4 to 5" in sorted_
    assert "model" in unused


def test_all_broken_rows_are_named_by_line() -> None:
    text = HEADER + (
        '1,a,2\n2,3\n\n-1,2,3\nx,1,1\n5,1,1,1\n6,"7,8\n7,1.5,2\n8,0,1\n9,1,2000000\n'
        "1e999,1,1\nnan,1,1\n1_0,1,1\n,1,1\n10,4,4\n,,\n11,1e999,1\n"
    )
    words = str(refusal(text))
    assert "15 of 16 rows" in words
    for line in (2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17, 18):
        assert f"line {line}: " in words
    assert "line 16" not in words
    assert "line 17: arrival_s is empty" in words
    assert "line 18: prompt_tokens is '1e999', which is no whole number from 1" in words
    assert "line 2: prompt_tokens is 'a', which is no whole number from 1" in words
    assert "line 3: output_tokens is empty" in words
    assert "line 7: it has 4 cells and the header 3" in words


def test_many_broken_rows_are_all_named() -> None:
    words = str(refusal(HEADER + "x,1,1\n" * 500 + "1,1,1\n" + "x,1,1\n"))
    assert "501 of 502 rows" in words
    assert "lines 22 to 501, 503" in words


def test_times_of_different_kinds_are_not_held_against_each_other() -> None:
    words = str(refusal("timestamp\n2026-03-01T09:00:00Z\n2026-03-01T09:00:00\n12\n1/3/2026\n"))
    assert "line 3: its time is a date without a time zone" in words
    assert "line 4: its time is a number of seconds" in words
    assert "line 5: timestamp is '1/3/2026'" in words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        (" \n\t\n", "empty"),
        (" \n;\n", "no column for the time"),
        ('"arrival_s,prompt_tokens\n1,2\n', "the header is broken"),
        ("arrival_s,prompt_tokens\n", "no rows"),
        ("when,prompt_tokens\n1,2\n", "no column for the time"),
        ("arrival_s,timestamp\n1,2\n", "the time twice"),
        ("arrival_s,prompt_tokens,ContextTokens\n1,2,3\n", "two columns for prompt_tokens"),
        ("arrival_s\n" + "1\n" * (MOST_ROWS + 1), "at most 100,000"),
    ],
)
def test_what_is_no_trace_is_refused(text: str, words: str) -> None:
    assert words in str(refusal(text))


def test_a_cell_may_hold_line_breaks() -> None:
    text = 'arrival_s,text,prompt_tokens\n1,"two\nlines, and a comma",3\nx,"a ""b""",4\n'
    assert "line 4: arrival_s is 'x'" in str(refusal(text))


@pytest.mark.parametrize(
    ("rows", "count", "at_fault"),
    [
        ('1,"2,3\n2,3,4\n3,"5,6\n4,4,4\n', "2 of 4", (2, 4)),  # together with too many cells
        ('1,2,"3\n2,3,4\n3,4,5"\n4,4,4\n', "2 of 4", (2, 4)),
        ('1,2,"\n3"\n4,4,4\n', "2 of 3", (2, 3)),  # together a row, in which 3 moved up a line
        ('1,"2,3\n2,3,4\n3,3,"\n4"\n', "3 of 4", (2, 4, 5)),
    ],
)
def test_stray_marks_spoil_no_row_between_them(
    rows: str, count: str, at_fault: tuple[int, ...]
) -> None:
    words = str(refusal(HEADER + rows))
    assert f"{count} rows" in words
    assert [line for line in range(2, 7) if f"line {line}: " in words] == list(at_fault)


def test_a_stray_mark_spoils_no_cell_of_several_lines_after_it() -> None:
    words = str(refusal('arrival_s,text\n1,"a\n2,b\n3,"two\nlines"\n4,d\n'))
    assert "1 of 4 rows" in words
    assert "line 2: " in words


@pytest.mark.parametrize("header", ["timestamp", "arrival_s"])
def test_milliseconds_since_1970_are_not_taken_for_seconds(header: str) -> None:
    words = str(refusal(f"{header}\n1700000000250\n1700000001250\n"))
    assert f"line 2: {header} is '1700000000250', which is too much for seconds" in words


@pytest.mark.parametrize("gap", ["5e-324", "1e-9", "9.9e-6"])
def test_what_comes_faster_than_any_load_comes_at_once(gap: str) -> None:
    assert parse_trace(f"arrival_s\n0\n{gap}\n").rate_per_s is None
    assert parse_trace("arrival_s\n0\n1.1e-5\n").rate_per_s == pytest.approx(1 / 1.1e-5)


def test_lines_in_words() -> None:
    assert line_ranges([3]) == "line 3"
    assert line_ranges([3, 5, 6, 7]) == "lines 3, 5 to 7"
