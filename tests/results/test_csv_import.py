"""Runs from a CSV: an exact round trip, and every bad row named while the good ones are kept."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.analysis.history_csv import import_history_csv
from core.errors import FailureKind, HistoryError, RequestError
from core.results import csv_import
from core.results.csv_record import LONGEST_PIECE, RECORD_COLUMNS
from core.results.history import History
from core.results.import_words import notes_of, outcome_in_words
from core.results.measured import Output, Phase
from core.results.queries import Wanted
from core.results.types import Grade, Trust
from tests.results.conftest import sql
from tests.sample_csv import Rows, changed, exported, imported, rows_of, stored, written
from tests.sample_histories import fill
from tests.samples import a_failure, a_result, a_run_environment, a_spec

NASTY = 'a "b", c\nd\r\ne;=1+1\r-x\t@y ü 🦊 \u2028 \0'
TEXTS = st.text(
    st.one_of(st.sampled_from("=-'\";,\t\r\n\0＝"), st.characters(codec="utf-8")), max_size=40
)


def some_runs(history: History) -> None:
    elsewhere = a_run_environment().model_copy(update={"host_name": "far;=away"})
    output = Output(text=f"={NASTY}", token_ids=(1,), prompt_tokens=9, new_tokens=(1,))
    trust = Trust(grade=Grade.B, reasons=("-1 %, so; =so",))
    parts = {"environment": elsewhere, "output": output, "trust": trust}
    stop = a_spec(prompt=f"'{NASTY}", stop="natural", stop_strings=["\n", "=x;"])
    history.finish(a_result("run-1", stop, **parts))
    history.finish(a_result("run-2", a_spec(precision="nf4", max_new_tokens=2000), minute=1))
    memory = {"phase": Phase.QUALITY, "field": "batch_size", "needed_bytes": 9, "free_bytes": 5}
    history.finish(
        a_failure("run-3", kind=FailureKind.OUT_OF_MEMORY, message=NASTY, minute=2, **memory)
    )
    history.tag(["run-1"], ["a, b", "=c;d", 'e"f'])
    history.annotate("run-2", NASTY.replace("\0", ""))


@pytest.fixture
def other(tmp_path: Path) -> History:
    """An empty history to import into."""
    return History(tmp_path / "other" / "history.sqlite3")


def test_what_was_exported_comes_back_to_the_last_byte(history: History, tmp_path: Path) -> None:
    source = History(tmp_path / "source" / "history.sqlite3")
    some_runs(source)
    data = exported(source)
    report = imported(history, data)
    assert (report.imported, report.bad, report.missing, report.unknown) == (3, (), (), ())
    assert stored(history) == stored(source)
    assert exported(history) == data
    again = imported(history, data)
    assert (again.imported, again.already_here, again.bad) == (0, 3, ())
    assert exported(history) == data


def test_imported_runs_are_found_and_belong_to_no_process(history: History, other: History) -> None:
    some_runs(other)
    imported(history, exported(other))
    assert history.ids(Wanted("far;=away")) == ["run-1"]
    assert history.ids(Wanted("a, b")) == ["run-1"]
    found = history.get("run-1")
    assert found is not None
    assert found.host_name == "far;=away"
    assert history.mark_lost() == ()
    with history.reading() as connection:
        columns = "owner_pid, owner_host, hardware_id, question_id, environment_id"
        row = connection.exec_driver_sql(f"SELECT {columns} FROM runs WHERE run_id = 'run-1'").one()
    assert row[:2] == (None, None)
    assert all(row[2:])


@settings(max_examples=40, deadline=None, suppress_health_check=[*HealthCheck])
@given(prompt=TEXTS, text=TEXTS, note=TEXTS, tags=st.lists(TEXTS, max_size=3))
def test_any_text_comes_back(
    tmp_path_factory: pytest.TempPathFactory, prompt: str, text: str, note: str, tags: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("texts")
    source, target = History(folder / "a.sqlite3"), History(folder / "b.sqlite3")
    output = Output(text=text, token_ids=(1,), prompt_tokens=9, new_tokens=(1,))
    source.finish(a_result("run-1", a_spec(prompt=f"x{prompt}"), output=output))
    source.annotate("run-1", note)
    source.tag(["run-1"], tags)
    report = imported(target, exported(source))
    assert report.bad == ()
    assert stored(target) == stored(source)
    assert exported(target) == exported(source)


def only_bad(history: History, data: bytes) -> csv_import.BadRow:
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


def test_a_deleted_run_is_shown_again(history: History) -> None:
    history.finish(a_result("run-1"))
    data = exported(history)
    history.delete(["run-1"])
    report = imported(history, data)
    assert (report.imported, report.restored, report.already_here) == (0, 1, 0)
    assert history.ids() == ["run-1"]
    assert "shown again" in outcome_in_words(report)


def test_the_same_row_twice_is_one_run(history: History, other: History) -> None:
    other.finish(a_result("run-1"))
    data = changed(exported(other), lambda rows: rows.append(rows[0]))
    report = imported(history, data)
    assert (report.imported, report.already_here) == (1, 1)


def as_spreadsheet(rows: Rows) -> Rows:
    """What a spreadsheet of Germany makes of cells: fewer digits, decimal commas, capitals."""
    for row in rows:
        for name in ("e2e_s", "tpot_s", "peak_bytes"):
            if row[name]:
                row[name] = f"{float(row[name]):.9g}".replace(".", ",")
        row["quality"] = row["quality"].upper()
        row["token_samples_s"] = row["token_samples_s"][:32_767]
    return rows


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_file_that_a_spreadsheet_saved_is_read(
    history: History, other: History, mark: bytes
) -> None:
    some_runs(other)
    data = written(as_spreadsheet(rows_of(exported(other))), ";")
    report = imported(history, mark + data)
    assert (report.imported, report.bad) == (3, ())
    assert exported(history) == exported(other)


def test_a_cell_that_a_spreadsheet_cut_is_named_so(history: History, other: History) -> None:
    other.finish(a_result("run-1", a_spec(max_new_tokens=20_000)))
    data = exported(other)
    assert len(rows_of(data)[0]["record_8"]) > 32_767
    cut = changed(data, lambda rows: rows[0].update(record_8=rows[0]["record_8"][:32_767]))
    bad = only_bad(history, cut)
    assert "32,767" in bad.reason
    assert imported(history, data).imported == 1


def test_the_order_of_columns_and_line_ends_are_free(history: History, other: History) -> None:
    some_runs(other)
    rows = [dict(reversed(row.items())) for row in rows_of(exported(other))]
    assert imported(history, written(rows).replace(b"\r\n", b"\n")).imported == 3
    assert exported(history) == exported(other)


def test_columns_that_are_new_or_gone_are_told(history: History, other: History) -> None:
    other.finish(a_result("run-1"))

    def change(rows: Rows) -> None:
        rows[0].update(tokens_per_joule="5")
        del rows[0]["e2e_s"]

    report = imported(history, changed(exported(other), change))
    assert (report.imported, report.missing, report.unknown) == (
        1, ("e2e_s",), ("tokens_per_joule",)
    )  # fmt: skip
    assert "tokens_per_joule" in notes_of(report)[0]


def test_a_price_is_never_read(history: History, other: History) -> None:
    other.finish(a_result("run-1"))
    data = changed(exported(other), lambda rows: rows[0].update(usd_per_run="1e9"))
    assert imported(history, data).imported == 1
    assert exported(history) == exported(other)


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


def test_an_import_that_ends_early_leaves_whole_rows(
    history: History, other: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(other, 30, distinct=5)
    data, taken = exported(other), csv_import.take_in
    monkeypatch.setattr(csv_import, "PART", 10)
    calls = []

    def full(*given: object) -> object:
        calls.append(given)
        if len(calls) == 3:
            raise HistoryError("the disk is full.")
        return taken(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(csv_import, "take_in", full)
    with pytest.raises(HistoryError, match="20 runs were imported before"):
        import_history_csv(history, io.BytesIO(data))
    assert len(history.ids()) == 20
    monkeypatch.setattr(csv_import, "take_in", taken)
    report = imported(history, data)
    assert (report.imported, report.already_here, report.bad) == (10, 20, ())
    assert exported(history) == data


def test_a_failed_part_stores_nothing_of_it(history: History, other: History) -> None:
    fill(other, 5, distinct=5)
    data = exported(other)
    history.ids()
    sql(history, "alter table runs rename column note to notes")
    with pytest.raises(HistoryError):
        imported(history, data)
    sql(history, "alter table runs rename column notes to note")
    assert history.ids() == []
