"""A CSV that was torn, cut off, saved otherwise or written by hand: good rows load, bad ones are
counted with their reasons, and the file stays as it is.
"""

import csv
import io
import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from core.__main__ import main
from core.errors import RequestError
from core.results.csv.record import RECORD_COLUMNS
from core.results.history import History
from tests.sample_csv import Rows, changed, exported, imported, rows_of, written
from tests.samples import a_result

RUNS = 12
Damage = Callable[[bytes], bytes]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """An export of a dozen runs."""
    source = History(tmp_path_factory.mktemp("csv") / "history.sqlite3", refused="")
    for number in range(RUNS):
        source.finish(a_result(f"run-{number:02}", minute=number))
    return exported(source)


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "history.sqlite3")


def with_record(data: bytes, change: Callable[[str], str]) -> bytes:
    """The file with the fifth row's record changed, its readable cells left."""

    def act(rows: Rows) -> None:
        whole = change("".join(rows[4][name] for name in RECORD_COLUMNS))
        rows[4].update(dict.fromkeys(RECORD_COLUMNS, ""), record_1=whole)

    return changed(data, act)


def with_cell(name: str, value: str) -> Damage:
    def act(rows: Rows) -> None:
        rows[4][name] = value

    return lambda data: changed(data, act)


def with_column(name: str, value: str) -> Damage:
    return lambda data: changed(data, lambda rows: [row.update({name: value}) for row in rows])


def without_column(name: str) -> Damage:
    return lambda data: changed(data, lambda rows: [row.pop(name) for row in rows])


def in_record(old: str, new: str) -> Damage:
    return lambda data: with_record(data, lambda text: text.replace(old, new, 1))


def of_excel(data: bytes) -> bytes:
    """As Excel writes a CSV where commas are decimal signs, with the line that tells so."""
    return b"\xef\xbb\xbfsep=;\r\n" + written(rows_of(data), ";")


def a_wide_file(data: bytes) -> bytes:
    return data.decode().encode("utf-16")


WHOLE: dict[str, Damage] = {
    "a mark before it": lambda data: b"\xef\xbb\xbf" + data,
    "UTF-16": a_wide_file,
    "Excel's sep line": of_excel,
    "a quoted sep line": lambda data: b'"sep=,"\n' + data,
    "sep with a tab": lambda data: b"SEP=\t\n" + written(rows_of(data), "\t"),
    "a separator of its own": lambda data: b"sep=|\n" + written(rows_of(data), "|"),
    "twice, each with its sep line": lambda data: of_excel(data) + of_excel(data),
    "a column of the future": with_column("joules_per_smile", "3"),
    "a readable column gone": without_column("ttft_s"),
    "no line end at its end": bytes.strip,
    "empty lines within": lambda data: data.replace(b"\r\n", b"\r\n\r\n"),
}
ONE_BAD: dict[str, tuple[Damage, str]] = {
    "NaN": (in_record('"e2e_s":[', '"e2e_s":[NaN,'), "finite"),
    "infinity": (in_record('"e2e_s":[', '"e2e_s":[Infinity,'), "finite"),
    "too large for a number": (in_record('"e2e_s":[', '"e2e_s":[1e999,'), ""),
    "no more record": (with_cell("record_1", ""), "empty"),
    "a field of the future": (in_record("{", '{"smile":1,'), "smile"),
    "another time": (with_cell("e2e_s", "-1"), "by the run's record"),
    "a NUL byte": (with_cell("model", "smol\0lm"), "by the run's record"),
    "a huge cell": (with_cell("prompt", "x" * 10_000_000), "by the run's record"),
    "a cell too many": (lambda data: _fifth_line(data, lambda line: line + b",1"), "header"),
    "bytes that are no text": (lambda data: data.replace(b"run-07", b"run-\xff", 1), "UTF-8"),
    "a stray mark": (lambda data: _fifth_line(data, lambda line: b'"' + line), "no CSV"),
}


def _fifth_line(data: bytes, change: Damage) -> bytes:
    lines = data.split(b"\r\n")
    lines[5] = change(lines[5])
    return b"\r\n".join(lines)


@pytest.mark.parametrize("damage", WHOLE.values(), ids=WHOLE)
def test_a_file_that_others_saved_loads_whole(
    history: History, good: bytes, damage: Damage
) -> None:
    report = imported(history, damage(good))
    assert (report.imported, report.bad) == (RUNS, ())
    assert len(history.rows()) == RUNS


@pytest.mark.parametrize(("damage", "said"), ONE_BAD.values(), ids=ONE_BAD)
def test_one_bad_row_is_told_and_the_others_load(
    history: History, good: bytes, damage: Damage, said: str
) -> None:
    report = imported(history, damage(good))
    assert (report.imported, report.bad_rows) == (RUNS - 1, 1)
    (bad,) = report.bad
    assert said in bad.reason
    assert "run-07" not in history.ids()  # the fifth row; the newest stands first


@pytest.mark.parametrize("seed", range(10))
def test_a_file_cut_off_anywhere_loads_what_is_before(
    tmp_path: Path, good: bytes, seed: int
) -> None:
    """Rows end at line breaks, and none of these texts has one within."""
    history = History(tmp_path / "history.sqlite3")
    end = random.Random(seed).randrange(len(good))
    whole = max(good[:end].count(b"\n") - 1, 0)
    try:
        report = imported(history, good[:end])
    except RequestError:
        assert whole == 0
        assert b"record_8\r\n" not in good[:end]
        return
    assert report.imported in (whole, whole + 1)  # the last row may lack its line end alone
    assert report.rows >= whole
    assert len(history.rows()) == report.imported


@pytest.mark.parametrize("seed", range(10))
def test_a_file_torn_in_the_middle_loads_the_rest(tmp_path: Path, good: bytes, seed: int) -> None:
    """Two hundred bytes of it are noise, line breaks and quotation marks included."""
    history = History(tmp_path / "history.sqlite3")
    chance = random.Random(seed)
    header = good.index(b"\n") + 1
    at = chance.randrange(header, len(good) - 200)
    torn = good[:at] + chance.randbytes(200) + good[at + 200 :]
    report = imported(history, torn)
    touched = good[at : at + 200].count(b"\n") + 1
    assert report.imported >= RUNS - touched
    assert report.bad_rows >= 1
    assert {*history.ids()} <= {row["run_id"] for row in rows_of(good)}
    for row in history.rows():
        assert row.status == "done"


@pytest.mark.parametrize("damage", [a_wide_file, of_excel, ONE_BAD["a stray mark"][0]])
def test_the_command_line_counts_and_leaves_the_file_alone(
    tmp_path: Path, good: bytes, damage: Damage, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "runs.csv"
    file.write_bytes(damage(good))
    before = file.read_bytes(), file.stat().st_mtime_ns
    status = main(["history", "--import", str(file), "--json"])
    report = json.loads(capsys.readouterr().out)
    assert status == (1 if report["bad_rows"] else 0)
    assert report["imported"] + report["bad_rows"] == RUNS
    assert (file.read_bytes(), file.stat().st_mtime_ns) == before


def test_two_columns_of_one_name_are_refused_with_the_name(history: History, good: bytes) -> None:
    lines = [*csv.reader(io.StringIO(good.decode(), newline=""))]
    out = io.StringIO(newline="")
    csv.writer(out).writerows([*line, line[0]] for line in lines)
    with pytest.raises(RequestError, match="two columns run_id"):
        imported(history, out.getvalue().encode())
    assert history.rows() == []
