"""A read-only dashboard: said once at the top, closed where something would change, open else."""

import pytest
from streamlit.testing.v1 import AppTest

from core.home import READ_ONLY_VARIABLE
from core.jobs.manager import JobManager
from pages.widgets import state
from tests.pages.conftest import FAULT, ROOT, texts
from tests.pages.test_every_page import PAGES
from tests.samples import a_failure, a_result, a_spec

CLOSED = {
    "explore": "run", "sweep": "sweep_start", "compare": "start_pair", "claims": "measure_all",
    "start": "guide_baseline",
}  # fmt: skip


@pytest.fixture
def filled(jobs: JobManager, monkeypatch: pytest.MonkeyPatch) -> JobManager:
    """The server of a history with runs, started read-only."""
    for minute, precision in enumerate(("fp32", "nf4")):
        jobs.history.finish(a_result(f"run-{minute}", a_spec(precision=precision), minute=minute))
    jobs.history.finish(a_failure("run-2", minute=2))
    monkeypatch.setenv(READ_ONLY_VARIABLE, "1")
    closed = JobManager()
    monkeypatch.setattr(state, "make_manager", lambda: closed)
    return closed


def opened(name: str, **query: str) -> AppTest:
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for key, value in query.items():
        page.query_params[key] = value
    page.run().switch_page(f"pages/{name}.py").run()
    assert not page.exception
    assert FAULT not in texts(page)
    return page


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.usefixtures("filled")
def test_each_page_says_it_once_and_closes_its_start(name: str) -> None:
    page = opened(name)
    assert texts(page).count(READ_ONLY_VARIABLE) == 1
    if name in CLOSED:
        button = page.button(key=CLOSED[name])
        assert button.disabled
        assert READ_ONLY_VARIABLE in button.help


def test_a_run_can_be_opened_and_not_changed(filled: JobManager) -> None:
    page = opened("history", run="run-1")
    assert page.metric
    assert page.text_area(key="note_run-1").disabled
    assert page.button(key="pin_baseline").disabled
    assert filled.history.count() == 3


@pytest.mark.usefixtures("filled")
def test_the_list_is_exported_and_not_changed() -> None:
    page = opened("history")
    assert all(page.button(key=key).disabled for key in ("tag", "untag", "delete"))
    download = {one.proto.label: one.proto for one in page.get("download_button")}
    assert not download["CSV, all that match (3)"].disabled


def test_a_history_that_is_not_there_is_told(
    jobs: JobManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert jobs.active() == ()
    monkeypatch.setenv(READ_ONLY_VARIABLE, "1")
    monkeypatch.setenv("TRADEOFFS_DB", "sqlite:////nowhere/history.sqlite3")
    closed = JobManager()
    monkeypatch.setattr(state, "make_manager", lambda: closed)
    page = opened("history")
    assert "There is no history in /nowhere/history.sqlite3 yet" in texts(page)
    assert "Runs can go on" not in texts(page)


def test_a_word_that_says_neither_is_told(
    jobs: JobManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert jobs.active() == ()
    monkeypatch.setenv(READ_ONLY_VARIABLE, "maybe")
    monkeypatch.setattr(state, "make_manager", lambda: JobManager())
    assert "it is neither on nor off" in texts(opened("history"))
