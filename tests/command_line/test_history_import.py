"""`history --import`: runs of a CSV into the history of this machine, from a file or stdin."""

import io
import json
import sys
from pathlib import Path

import pytest

from core.__main__ import main
from core.results.history import History
from tests.sample_csv import changed, exported
from tests.samples import a_failure, a_result


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Two runs that another machine exported."""
    source = History(tmp_path / "elsewhere" / "history.sqlite3")
    source.finish(a_result("run-1"))
    source.finish(a_failure("run-2", minute=1))
    path = tmp_path / "runs.csv"
    path.write_bytes(exported(source))
    return path


def test_a_file_is_imported_and_exported_again_the_same(
    out: pytest.CaptureFixture[str], file: Path, tmp_path: Path
) -> None:
    assert main(["history", "--import", str(file)]) == 0
    assert "2 runs were imported; no row left out." in out.readouterr().err
    again = tmp_path / "again.csv"
    price = ["--price-per-hour", "0.1"]
    assert main(["history", "--csv", str(again), *price]) == 0
    assert again.read_bytes() == file.read_bytes()
    assert main(["history", "--import", str(file)]) == 0
    assert "2 runs were in the history already" in out.readouterr().err


def test_bad_rows_are_named_by_line_and_the_good_ones_kept(
    out: pytest.CaptureFixture[str], file: Path
) -> None:
    file.write_bytes(changed(file.read_bytes(), lambda rows: rows[1].update(e2e_s="1.5")))
    assert main(["history", "--import", str(file), "--json"]) == 1
    report = json.loads(out.readouterr().out)
    assert (report["imported"], report["already_here"], report["bad_rows"]) == (1, 0, 1)
    (bad,) = report["bad"]
    assert (bad["line"], bad["column"]) == (3, "e2e_s")
    assert "1.5" in bad["reason"]
    assert History().ids() == ["run-2"]
    assert main(["history", "--import", str(file)]) == 1
    printed = out.readouterr()
    assert "line 3, e2e_s: it is '1.5' in the row" in printed.err
    assert printed.out == ""


def test_stdin_is_read(
    out: pytest.CaptureFixture[str], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(file.read_bytes())))
    assert main(["history", "--import", "-", "--json"]) == 0
    assert json.loads(out.readouterr().out)["imported"] == 2


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"\x89PNG\r\n\x1a\n", b"\0" * 5000])
def test_what_is_no_csv_of_the_history_is_a_wrong_request(
    out: pytest.CaptureFixture[str], tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "other.csv"
    path.write_bytes(content)
    assert main(["history", "--import", str(path), "--json"]) == 2
    printed = out.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("error: import: ")


@pytest.mark.parametrize("name", ["nowhere.csv", ".", "", "a\0b"])
def test_a_file_that_cannot_be_read_is_a_wrong_request(
    out: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["history", "--import", name]) == 2
    assert "cannot be read" in out.readouterr().err


@pytest.mark.parametrize("flags", [["--csv", "-"], ["--run", "run-1"]])
def test_import_and_another_wish_are_refused(
    out: pytest.CaptureFixture[str], file: Path, flags: list[str]
) -> None:
    assert main(["history", "--import", str(file), *flags]) == 2
    assert "not both" in out.readouterr().err
    assert History().ids() == []
