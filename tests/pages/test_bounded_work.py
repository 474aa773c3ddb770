"""What a page reads does not grow with the history, and what was read is not judged anew."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import streamlit as st
from sqlalchemy import Engine, event

from core.jobs.manager import JobManager
from core.results import latency, stored
from core.results.latency import latency_of
from pages.widgets import history_table
from tests.pages.conftest import OpenPage
from tests.sample_histories import fill
from tests.samples import a_result

pytestmark = pytest.mark.usefixtures("bundled_model")
A_FEW = 4  # more, where the newest runs are others
PAGES = ("explore", "sweep", "compare", "decide", "batching", "claims", "history")


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements that are carried out meanwhile, on any database."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def work(open_page: OpenPage, page: str) -> tuple[int, int]:
    """How many statements a page takes, and how many whole outcomes it reads."""
    st.cache_resource.clear()
    stored._read.cache_clear()
    with statements() as seen:
        open_page(page)
    return len(seen), stored._read.cache_info().misses


@pytest.mark.parametrize("page", PAGES)
def test_a_longer_history_takes_no_more_statements(
    open_page: OpenPage, jobs: JobManager, page: str
) -> None:
    fill(jobs.history, 300, distinct=60)
    work(open_page, page)  # what is kept of the machine is read by the first page
    fill_more(jobs, "a")
    few = work(open_page, page)
    fill_more(jobs, *"bcdef")
    many = work(open_page, page)
    assert many[0] <= few[0] + A_FEW
    assert many[1] <= few[1] + A_FEW


def fill_more(jobs: JobManager, *copies: str) -> None:
    """The three hundred runs again, once for each copy: new ones, of the same kinds."""
    before = len(jobs.history.ids())
    with jobs.history.writing() as connection:
        columns = [row[1] for row in connection.exec_driver_sql("PRAGMA table_info(runs)")]
        copied = ", ".join(name for name in columns if name != "run_id")
        for copy in copies:
            connection.exec_driver_sql(
                f"INSERT INTO runs (run_id, {copied}) "
                f"SELECT run_id || '-{copy}', {copied} FROM runs WHERE run_id LIKE '%-______'"
            )
    assert len(jobs.history.ids()) >= before + 300 * len(copies)


def test_the_table_has_the_rows_of_one_page(open_page: OpenPage, jobs: JobManager) -> None:
    fill(jobs.history, 700, distinct=50)
    page = open_page("history")
    assert len(page.dataframe[0].value) == history_table.PAGE_ROWS


def test_a_result_that_is_shown_again_is_read_and_judged_once(
    open_page: OpenPage, jobs: JobManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs.history.finish(a_result("run-1"))
    judged: list[str] = []
    judge = latency._latency_of
    monkeypatch.setattr(latency, "_latency_of", lambda r: judged.append(r.run_id) or judge(r))
    stored._read.cache_clear()
    page = open_page("history", run="run-1")
    page.run()
    assert judged == ["run-1"]


def test_what_is_known_of_a_result_goes_with_it() -> None:
    gc.collect()
    before = len(latency._known)
    result = a_result("run-1")
    found = latency_of(result)
    assert latency_of(result) is found
    assert len(latency._known) == before + 1
    del result, found
    gc.collect()
    assert len(latency._known) == before


def test_hidden_tabs_and_the_closed_box_are_not_drawn(
    open_page: OpenPage, jobs: JobManager
) -> None:
    jobs.history.finish(a_result("run-1"))
    page = open_page("history", run="run-1")
    assert not any(code.value.startswith("{") for code in page.code)
    drawn = {card.label for card in page.metric}
    assert "Cost per run" not in drawn
    assert "TTFT" in drawn
