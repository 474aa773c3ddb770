"""A CSV file as rows by line: a broken one spoils no other."""

import io

from core.results.csv.lines import Rows, lines_of


def rows_of(text: str, width: int = 2) -> list[tuple[int, tuple[str, ...], str | None]]:
    with lines_of(io.BytesIO(text.encode())) as lines:
        return [(row.line, row.cells, row.problem) for row in Rows(lines, 1, ",", width)]


def test_a_row_has_the_number_of_its_first_line() -> None:
    found = rows_of('a,"1\n2"\r\nb,3\r\n\r\n,\nc,4')
    assert found == [(1, ("a", "1\n2"), None), (3, ("b", "3"), None), (6, ("c", "4"), None)]


def test_a_stray_quotation_mark_spoils_its_own_row_alone() -> None:
    found = rows_of('a,"1\nb,2\nc,3\n')
    assert [line for line, _, problem in found if problem] == [1]
    assert "not closed" in (found[0][2] or "")
    assert [cells for _, cells, problem in found if not problem] == [("b", "2"), ("c", "3")]


def test_between_two_stray_marks_the_good_rows_are_kept() -> None:
    found = rows_of('a,"1\nb,2\nc,3"x\nd,4\n')
    assert [line for line, _, problem in found if problem] == [1]
    assert [cells[0] for _, cells, problem in found if not problem] == ["b", "c", "d"]


def test_a_broken_row_over_several_lines_is_one() -> None:
    found = rows_of('a,"1\n2\n3",x\nb,2\n')
    assert [(line, bool(problem)) for line, _, problem in found] == [(1, True), (4, False)]


def test_the_number_of_cells_is_told() -> None:
    assert rows_of("a\nb,1,2\n")[0][2] == "it has 1 cell, and the header 2"


def test_a_file_stays_open_and_other_encodings_are_read() -> None:
    file = io.BytesIO("ä,1\n".encode("utf-16"))
    with lines_of(file) as lines:
        assert [*lines] == ["ä,1\n"]
    assert not file.closed
    with lines_of(io.BytesIO(b"\xef\xbb\xbfa\n\xff\n")) as lines:
        assert [*lines] == ["a\n", "\udcff\n"]
