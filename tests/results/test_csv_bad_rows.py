"""Rows of a CSV that are bad: each is named by line and column, and the good ones are kept."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.errors import RequestError
from core.results.csv import importing
from core.results.csv.record import LONGEST_PIECE, RECORD_COLUMNS
from core.results.history import History
from tests.results.conftest import sql
from tests.sample_csv import Rows, changed, exported, imported, rows_of, some_runs
from tests.samples import a_result, a_spec


@pytest.fixture
def other(tmp_path: Path) -> History:
    """An empty history to import into."""
    return History(tmp_path / "other" / "history.sqlite3")


def only_bad(history: History, data: bytes) -> importing.BadRow:
    report = imported(history, data)
    (bad,) = report.bad
    assert report.bad_rows == 1
    return bad


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("e2e_s", "1.0"),
        ("precision", "bf16"),
        ("trust", "A"),
        ("run_id", "run-9"),
        ("spec_id", "0123456789"),
        ("submitted_at", "2026-03-01T09:00:01+00:00"),
        ("host_name", "here"),
        ("status", "lost"),
        ("note", "better"),
        ("tags", "x"),
        ("output_text", "other"),
        ("e2e_samples_s", "[1.0]"),
        ("perplexity", ""),
        ("peak_bytes", "NaN"),
        ("batch_size", "many"),
        ("quality", "false"),
    ],
)
def test_a_value_changed_by_hand_is_named_and_the_others_are_kept(
    history: History, other: History, column: str, value: str
) -> None:
    some_runs(other)
    was = {}

    def change(rows: Rows) -> None:
        was.update(rows[-1])
        rows[-1][column] = value

    bad = only_bad(history, changed(exported(other), change))
    assert (bad.line, bad.column) == (8, column)
    assert (value or "empty") in bad.reason
    assert "by the run's record" in bad.reason
    assert sorted(history.ids()) == ["run-2", "run-3"]


def change_record(rows: Rows, change: dict[str, object]) -> None:
    record = json.loads("".join(rows[0][name] for name in RECORD_COLUMNS).replace(";'", ";"))
    record["result"].update(change)
    text = json.dumps(record)
    for number, name in enumerate(RECORD_COLUMNS):
        rows[0][name] = text[number * LONGEST_PIECE :][:LONGEST_PIECE]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"run_id": ""}, "run_id"),
        ({"trust": {"grade": "D"}}, "result.trust.grade"),
        ({"extra": 1}, "result.extra"),
        ({"submitted_at": "2026-03-01T09:00:00"}, "time zone"),
        ({"quality_missing": 5}, "quality_missing"),
        ({"samples": {"e2e_s": [float("nan")]}}, "NaN"),
        ({"samples": {"e2e_s": [float("inf")]}}, "Infinity"),
        ({"samples": {"e2e_s": ["2.0"]}}, "e2e_s"),
        ({"samples": {"e2e_s": "2.0"}}, "e2e_s"),
    ],
)
def test_a_record_is_checked_by_its_own_model(
    history: History, change: dict[str, object], said: str
) -> None:
    history.finish(a_result("run-1"))
    data = changed(exported(history), lambda rows: change_record(rows, change))
    bad = only_bad(history, data)
    assert (bad.line, bad.column) == (2, "record_1")
    assert said in bad.reason


@pytest.mark.parametrize("text", ["{", "[]", "null", "1e999", "[" * 100_000, "{}", '"\\ud800"'])
def test_what_is_no_record_is_named(history: History, text: str) -> None:
    history.finish(a_result("run-1"))
    data = changed(exported(history), lambda rows: rows[0].update(record_1=text))
    assert only_bad(history, data).column == "record_1"


def test_runs_that_are_not_over_or_damaged_are_named(history: History, other: History) -> None:
    history.add("run-1", a_spec(), datetime.now(UTC))
    history.finish(a_result("run-2"))
    history.finish(a_result("run-3"))
    sql(history, "update runs set outcome = 'x' where run_id = 'run-2'")
    report = imported(other, exported(history))
    assert report.imported == 1
    assert "not over" in report.bad[0].reason
    assert "damaged" in report.bad[1].reason


def test_one_run_under_the_same_id_is_never_changed(history: History, other: History) -> None:
    history.finish(a_result("run-1"))
    other.finish(a_result("run-1", e2e_s=3.0))
    bad = only_bad(history, exported(other))
    assert "already" in bad.reason
    found = history.get("run-1")
    assert found is not None
    assert found.outcome == a_result("run-1")
    data = exported(history)
    history.annotate("run-1", "on battery")
    bad = only_bad(history, data)
    assert bad.column == "note"
    assert "'on battery' there" in bad.reason


def test_a_cell_that_a_spreadsheet_cut_is_named_so(history: History, other: History) -> None:
    other.finish(a_result("run-1", a_spec(max_new_tokens=20_000)))
    data = exported(other)
    assert len(rows_of(data)[0]["record_8"]) > 32_767
    cut = changed(data, lambda rows: rows[0].update(record_8=rows[0]["record_8"][:32_767]))
    bad = only_bad(history, cut)
    assert "32,767" in bad.reason
    assert imported(history, data).imported == 1


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        (b"PK\x03\x04\x00\x00", "no CSV of the history"),
        (b"a,b\n1,2\n", "neither run_id nor record_1"),
        (b"run_id,spec_id,status\nrun-1,x,done\n", "earlier version"),
        (b"run_id,record_1\n", "lacks record_2"),
    ],
)
def test_a_file_of_another_kind_is_refused(history: History, data: bytes, said: str) -> None:
    with pytest.raises(RequestError, match="import") as refused:
        imported(history, data)
    assert said in str(refused.value)


def test_two_columns_of_one_name_are_refused(history: History) -> None:
    header = ",".join(("run_id", "run_id", *RECORD_COLUMNS))
    with pytest.raises(RequestError, match="two columns run_id"):
        imported(history, header.encode())


def test_a_row_that_is_no_utf8_is_named(history: History, other: History) -> None:
    other.finish(a_result("run-1", a_spec(prompt="über")))
    other.finish(a_result("run-2"))
    data = exported(other).replace("über".encode(), "über".encode("latin-1"))
    bad = only_bad(history, data)
    assert (bad.column, "UTF-8" in bad.reason) == ("prompt", True)
    assert history.ids() == ["run-2"]
