"""History: the table, its filters, exports, tags, delete with undo, and one run in full."""

import csv
import io
import json
from typing import Any

import pytest

from core.errors import FailureKind, HistoryError
from core.jobs.manager import JobManager
from core.results.history import History
from core.results.measured import Phase
from core.results.queries import Wanted
from pages.widgets import history_actions, history_table
from pages.widgets.history_table import frame_of
from tests.fake_executor import FakeExecutor
from tests.jobs.waiting import in_phase, until
from tests.pages.conftest import OpenPage, select, texts
from tests.results.conftest import sql
from tests.sample_histories import fill
from tests.samples import a_failure, a_result, a_spec


@pytest.fixture
def filled(jobs: JobManager) -> JobManager:
    jobs.history.finish(a_result("run-1", a_spec(prompt="Once upon a time")))
    jobs.history.finish(a_result("run-2", a_spec(precision="nf4"), minute=1))
    jobs.history.finish(a_failure("run-3", kind=FailureKind.LOST, minute=2))
    jobs.history.tag(["run-2"], ["demo"])
    return jobs


def shown(jobs: JobManager, wanted: Wanted) -> list[str]:
    return [row.run_id for row in jobs.history.page(wanted, 10)]


def read_csv(run_ids: list[str]) -> list[dict[str, str]]:
    text = "".join(history_actions.csv_parts(History(), run_ids, lambda _: 0.1))
    return list(csv.DictReader(io.StringIO(text)))


def read_json(run_ids: list[str]) -> list[dict[str, Any]]:
    documents: list[dict[str, Any]] = json.loads(
        "".join(history_actions.json_parts(History(), run_ids, lambda _: 0.1))
    )
    return documents


def test_an_empty_history_says_what_comes_here(open_page: OpenPage) -> None:
    assert "No runs yet" in texts(open_page("history"))


@pytest.mark.usefixtures("filled")
def test_results_and_failures_are_rows(open_page: OpenPage) -> None:
    page = open_page("history")
    frame = page.dataframe[0].value
    assert list(frame["run_id"]) == ["run-3", "run-2", "run-1"]
    assert list(frame["status"]) == ["lost", "done", "done"]
    assert "3 of 3 runs" in texts(page)


def test_a_search_looks_everywhere(filled: JobManager) -> None:
    assert shown(filled, Wanted("upon")) == ["run-1"]
    assert shown(filled, Wanted("DEMO")) == ["run-2"]
    assert shown(filled, Wanted("could not be run")) == ["run-3"]
    assert shown(filled, Wanted("nothing like it")) == []


def test_filters_narrow_the_table(open_page: OpenPage, filled: JobManager) -> None:
    assert shown(filled, Wanted("", {"precision": ["nf4"], "status": []})) == ["run-2"]
    page = open_page("history")
    page.multiselect(key="history_status").set_value(["lost"]).run()
    assert list(page.dataframe[0].value["run_id"]) == ["run-3"]


def test_the_table_has_a_column_for_each_metric(filled: JobManager) -> None:
    frame = frame_of(filled.history.rows())
    assert {"ttft_s", "peak_bytes", "perplexity_ratio"} <= set(frame.columns)
    assert frame.set_index("run_id")["ttft_s"].isna()["run-3"]


@pytest.mark.usefixtures("filled")
def test_exports_hold_the_chosen_runs(open_page: OpenPage) -> None:
    open_page("history")
    rows = read_csv(["run-1", "run-3"])
    assert [row["run_id"] for row in rows] == ["run-1", "run-3"]
    documents = read_json(["run-2"])
    assert [document["run_id"] for document in documents] == ["run-2"]


@pytest.mark.usefixtures("filled")
def test_a_damaged_run_is_told_in_the_files_and_hides_no_other(
    open_page: OpenPage, filled: JobManager
) -> None:
    open_page("history")
    sql(filled.history, "update runs set outcome = 'x' where run_id = 'run-2'")
    chosen = ["run-2", "run-1"]
    rows = read_csv(chosen)
    assert [(row["run_id"], row["status"]) for row in rows] == [
        ("run-1", "done"), ("run-2", "unreadable")
    ]  # fmt: skip
    assert "damaged" in rows[1]["failure_message"]
    documents = read_json(chosen)
    assert [document["status"] for document in documents] == ["done", "unreadable"]


def test_a_settings_row_that_differs_is_marked(open_page: OpenPage, filled: JobManager) -> None:
    result = a_result("run-8", a_spec(kv_cache="off"))
    other = result.effective.model_copy(update={"cache_class": "DynamicCache"})
    filled.history.finish(result.model_copy(update={"effective": other}))
    table = open_page("history", {"result_tabs": "Settings"}, run="run-8").table[-1].value
    marked = table[table["As asked?"].str.contains("differs")]
    assert list(marked.index) == ["KV cache"]


def test_deleting_can_be_undone(open_page: OpenPage, filled: JobManager) -> None:
    page = open_page("history")
    assert page.button(key="delete").disabled
    filled.history.delete(["run-1"])
    page.session_state["deleted"] = ("run-1",)
    page.run()
    assert "2 of 2 runs" in texts(page)
    page.button(key="undo_delete").click().run()
    assert "3 of 3 runs" in texts(page)


def test_a_run_that_is_not_over_is_shown_with_what_is_known_of_it(
    open_page: OpenPage, jobs: JobManager, executor: FakeExecutor
) -> None:
    executor.hold = Phase.MEASURING
    run_id = jobs.submit(a_spec())
    until(in_phase(jobs, run_id, Phase.MEASURING))
    page = open_page("history", run=run_id)
    assert "This run is running" in texts(page)
    assert any(code.value.startswith("python -m core run") for code in page.code)
    assert page.text_area(key=f"note_{run_id}").value == ""


@pytest.mark.usefixtures("filled")
def test_one_run_is_shown_with_everything_and_how_to_measure_it_again(open_page: OpenPage) -> None:
    page = open_page("history", {"run_json": True}, run="run-2")
    codes = [code.value for code in page.code]
    assert any(code.startswith("python -m core run") for code in codes)
    assert any("JobManager" in code for code in codes)
    stored = next(json.loads(code) for code in codes if code.startswith("{"))
    assert stored["latency"]["samples"]["e2e_s"]
    assert stored["tags"] == ["demo"]


def test_a_note_is_kept(open_page: OpenPage, filled: JobManager) -> None:
    page = open_page("history", run="run-1")
    page.text_area(key="note_run-1").set_value("on battery").run()
    stored = filled.history.get("run-1")
    assert stored is not None
    assert stored.note == "on battery"


@pytest.mark.usefixtures("filled")
def test_a_failure_is_shown_with_its_reason(open_page: OpenPage) -> None:
    assert "The model could not be run." in texts(open_page("history", run="run-3"))


def test_an_unknown_run_is_told(open_page: OpenPage) -> None:
    assert "There is no run run-9" in texts(open_page("history", run="run-9"))


def test_a_note_that_cannot_be_kept_is_told_where_it_was_typed(
    open_page: OpenPage, filled: JobManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_page("history", run="run-1")

    def full(*_: object) -> None:
        raise HistoryError("the disk is full")

    monkeypatch.setattr(History, "annotate", full)
    page.text_area(key="note_run-1").set_value("on battery").run()
    assert "The note is not saved: the disk is full" in texts(page)
    stored = filled.history.get("run-1")
    assert stored is not None
    assert stored.note == ""


def test_a_long_history_is_shown_a_page_at_a_time_and_exported_whole(
    open_page: OpenPage, jobs: JobManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_table, "PAGE_ROWS", 20)
    fill(jobs.history, 50, distinct=10)
    newest_first = jobs.history.ids()
    page = open_page("history")
    assert list(page.dataframe[0].value["run_id"]) == newest_first[:20]
    assert "50 of 50 runs, 1 to 20 are shown, newest first" in texts(page)
    assert page.get("download_button")[0].label == "CSV, all that match (50)"
    page.pagination[0].set_value(3).run()
    assert list(page.dataframe[0].value["run_id"]) == newest_first[40:]
    assert "41 to 50 are shown" in texts(page)
    assert [row["run_id"] for row in read_csv(newest_first)] == newest_first


def test_what_is_selected_on_a_later_page_is_what_is_deleted_and_brought_back(
    open_page: OpenPage, jobs: JobManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_table, "PAGE_ROWS", 20)
    fill(jobs.history, 41, distinct=10)
    last = jobs.history.ids()[40]
    page = open_page("history")
    page.pagination[0].set_value(3).run()
    select(page, 0)
    page.button(key="delete").click().run()
    assert not page.exception
    assert last not in jobs.history.ids()
    assert "40 of 40 runs" in texts(page)
    assert len(page.dataframe[0].value) == 20
    page.button(key="undo_delete").click().run()
    assert not page.exception
    assert last in jobs.history.ids()
    assert "41 of 41 runs" in texts(page)


def test_a_search_begins_with_its_newest_runs(
    open_page: OpenPage, jobs: JobManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_table, "PAGE_ROWS", 20)
    fill(jobs.history, 80, distinct=10)
    page = open_page("history")
    page.pagination[0].set_value(4).run()
    page.text_input(key="history_search").set_value("DEMO").run()
    found = jobs.history.ids(Wanted("demo"))
    assert list(page.dataframe[0].value["run_id"]) == found[:20]
    assert f"{len(found)} of 80 runs" in texts(page)
