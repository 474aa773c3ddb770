"""Import on the History page: the file, the outcome in words, bad rows by line."""

import threading
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.jobs.importing import Importing
from core.jobs.manager import JobManager
from core.results.csv.importing import ImportReport
from core.results.history import History
from pages.widgets import import_state
from tests.pages.conftest import OpenPage, texts
from tests.sample_csv import changed, exported
from tests.samples import a_result


@pytest.fixture
def data(tmp_path: Path) -> bytes:
    source = History(tmp_path / "elsewhere" / "history.sqlite3")
    source.finish(a_result("run-1"))
    source.finish(a_result("run-2", minute=1))
    return exported(source)


def upload(page: AppTest, data: bytes) -> None:
    """Choose a file, press Import and wait."""
    page.file_uploader(key=import_state.FILE).set_value(("runs.csv", data, "text/csv")).run()
    page.button(key="import_runs").click().run()
    key = "".join(page.query_params["import"])
    import_state._imports()[key].wait(20)
    page.run()
    assert not page.exception


def test_a_file_is_imported_into_an_empty_history(
    open_page: OpenPage, jobs: JobManager, data: bytes
) -> None:
    page = open_page("history")
    assert page.button(key="import_runs").disabled
    upload(page, data)
    assert "2 runs were imported; no row left out" in page.success[0].value.replace("\\", "")
    assert jobs.history.ids() == ["run-2", "run-1"]
    assert exported(jobs.history) == data


def test_bad_rows_stand_in_a_table_by_line(
    open_page: OpenPage, jobs: JobManager, data: bytes
) -> None:
    page = open_page("history")
    upload(page, changed(data, lambda rows: rows[0].update(precision="nf4")))
    assert "1 run was imported; 1 row left out" in texts(page)
    frame = page.dataframe[-1].value
    assert list(frame.columns) == ["line", "column", "reason"]
    assert (frame["line"][0], frame["column"][0]) == (2, "precision")
    assert jobs.history.ids() == ["run-1"]


def test_what_is_no_history_is_told(open_page: OpenPage, jobs: JobManager) -> None:
    page = open_page("history")
    upload(page, b"a,b\n1,2\n")
    assert "no CSV of the history" in texts(page)
    assert jobs.history.ids() == []


def test_an_import_that_goes_on_is_found_again_after_a_reload(
    open_page: OpenPage, jobs: JobManager
) -> None:
    go_on = threading.Event()

    def act(told: object) -> ImportReport:
        told(ImportReport(imported=1234))  # type: ignore[operator]
        go_on.wait(20)
        return ImportReport(imported=2000)

    import_state._imports()["abc"] = importing = Importing("big *file*.csv", act)
    page = open_page("history", **{"import": "abc"})
    assert "Importing big *file*.csv: 1,234 rows so far" in texts(page)
    assert page.button(key="import_runs").disabled
    go_on.set()
    importing.wait(20)
    page = open_page("history", **{"import": "abc"})
    assert "2,000 runs were imported" in page.success[0].value.replace("\\", "")
    assert jobs.history.ids() == []


def test_an_import_of_a_server_that_ended_is_told(open_page: OpenPage) -> None:
    assert "has forgotten" in texts(open_page("history", **{"import": "gone"}))


def test_a_fault_of_an_import_is_told() -> None:
    def act(_: object) -> ImportReport:
        raise ZeroDivisionError

    state = Importing("runs.csv", act).wait(20)
    assert state.is_over
    assert state.problem == "The import failed (ZeroDivisionError)."
