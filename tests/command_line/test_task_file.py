"""`--task`: a file's text, or a task written out with a line break."""

from pathlib import Path

import pytest

from core.command_line.arguments import make_parser
from core.command_line.run import spec_of
from core.command_line.task_file import task_content
from core.errors import RequestError
from core.variants.task import LONGEST_TASK

CSV = "prompt,expected\nOne plus one is,two"


def test_a_path_is_read_whatever_its_line_breaks_and_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "task.csv"
    file.write_bytes(b"\xef\xbb\xbf" + CSV.replace("\n", "\r\n").encode())
    assert task_content(str(file)) == CSV
    chosen = make_parser().parse_args(["run", "--task", str(file)])
    assert spec_of(chosen, "cpu").workload.task == CSV


def test_a_value_with_a_line_break_is_the_task_itself() -> None:
    assert task_content(CSV) == CSV


@pytest.mark.parametrize("given", ["no-such-file.csv", "", "~nobody-of-that-name/x", "a\0b", "."])
def test_a_file_that_cannot_be_read_names_the_flag(given: str) -> None:
    with pytest.raises(RequestError) as caught:
        task_content(given)
    assert caught.value.field == "task"
    assert "cannot be read" in caught.value.reason


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "task.bin"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RequestError, match="UTF-8"):
        task_content(str(file))


def test_a_huge_file_is_read_no_further_than_needed_to_refuse_it(tmp_path: Path) -> None:
    file = tmp_path / "task.txt"
    file.write_text("x" * (3 * LONGEST_TASK))
    assert len(task_content(str(file))) == LONGEST_TASK + 1
