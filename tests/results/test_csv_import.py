"""Runs from a CSV: an exact round trip, also through spreadsheets, and an early end."""

import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.analysis.history_csv import import_history_csv
from core.errors import HistoryError
from core.results.csv import importing
from core.results.csv.words import notes_of, outcome_in_words
from core.results.history import History
from core.results.measured import Output
from core.results.queries import Wanted
from tests.results.conftest import sql
from tests.sample_csv import (
    Rows,
    changed,
    exported,
    imported,
    rows_of,
    some_runs,
    stored,
    written,
)
from tests.sample_histories import fill
from tests.samples import a_result, a_spec

TEXTS = st.text(
    st.one_of(st.sampled_from("=-'\";,\t\r\n\0＝"), st.characters(codec="utf-8")), max_size=40
)


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


def test_an_import_that_ends_early_leaves_whole_rows(
    history: History, other: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(other, 30, distinct=5)
    data, taken = exported(other), importing.take_in
    monkeypatch.setattr(importing, "PART", 10)
    calls = []

    def full(*given: object) -> object:
        calls.append(given)
        if len(calls) == 3:
            raise HistoryError("the disk is full.")
        return taken(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(importing, "take_in", full)
    with pytest.raises(HistoryError, match="20 runs were imported before"):
        import_history_csv(history, io.BytesIO(data))
    assert len(history.ids()) == 20
    monkeypatch.setattr(importing, "take_in", taken)
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


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_files_one_after_the_other_are_one_file(
    history: History, other: History, mark: bytes
) -> None:
    some_runs(other)
    report = imported(history, mark + exported(other) + mark + exported(other))
    assert (report.imported, report.already_here, report.bad) == (3, 3, ())
