"""Pages run by Streamlit's own test harness, over a fake executor and a real history."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import streamlit as st
from streamlit import config
from streamlit.testing.v1 import AppTest

from core.jobs.manager import JobManager
from core.results.types import RunResult
from pages.widgets import state
from pages.widgets.batching import curves_view
from tests.fake_executor import FakeExecutor
from tests.samples import a_cpu, an_environment

ROOT = Path(__file__).resolve().parents[2]
OpenPage = Callable[..., AppTest]
FAULT = "This part of the page failed"


@pytest.fixture
def executor() -> FakeExecutor:
    return FakeExecutor()


@pytest.fixture
def jobs(executor: FakeExecutor, monkeypatch: pytest.MonkeyPatch) -> Iterator[JobManager]:
    """The one job manager of the server under test, on a machine with a CPU alone."""
    # The harness keeps functions in the session, which the dashboard's own setting forbids.
    config.set_option("runner.enforceSerializableSessionState", False)
    st.cache_resource.clear()
    monkeypatch.setattr(curves_view, "AT_ONCE", True)  # the harness runs no fragment by itself
    with JobManager(make_executor=lambda _: executor) as manager:
        monkeypatch.setattr(state, "make_manager", lambda: manager)
        monkeypatch.setattr(state, "read_environment", lambda: an_environment(a_cpu()))
        yield manager
        executor.release()
    st.cache_resource.clear()


@pytest.fixture
def open_page(jobs: JobManager) -> OpenPage:  # noqa: ARG001 - the page finds it by itself
    """Open a page in a new session, with what the session holds and what stands in the URL.

    No part of it may fail, not even inside an error boundary, which Streamlit takes for success.
    """

    def opened(name: str, session: Mapping[str, Any] | None = None, **query: str) -> AppTest:
        page = AppTest.from_file(str(ROOT / "pages" / f"{name}.py"), default_timeout=20)
        for key, value in (session or {}).items():
            page.session_state[key] = value
        for key, value in query.items():
            page.query_params[key] = value
        page.run()
        assert not page.exception
        assert FAULT not in texts(page)
        return page

    return opened


def texts(page: AppTest) -> str:
    """All that a person reads on the page, apart from widgets."""
    parts = [
        *page.markdown, *page.caption, *page.error, *page.warning, *page.info, *page.title
    ]  # fmt: skip
    return "\n".join(str(part.value) for part in parts).replace("\\", "")


def in_tab(page: AppTest, name: str) -> AppTest:
    """The page with that tab of the result open; what is in the others is not drawn."""
    page.session_state["result_tabs"] = name
    page.run()
    assert not page.exception
    return page


def select(page: AppTest, *positions: int) -> None:
    """Select the rows at these positions, as a browser reports it."""
    key = page.dataframe[0].key
    assert key is not None
    page.session_state[key] = {"selection": {"rows": [*positions], "columns": [], "cells": []}}
    page.run()
    assert not page.exception


def is_open(page: AppTest, label: str) -> bool:
    """Whether the expander whose label begins so is open."""
    (found,) = (box for box in page.expander if box.label.startswith(label))
    return bool(found.proto.expanded)


def table(page: AppTest, index: str) -> pd.DataFrame:
    """The table whose first column has that heading, by its rows' names as they are read."""
    for shown in page.table:
        frame = shown.value
        frame = frame.reset_index() if frame.index.name else frame
        if frame.columns[0] == index:
            return frame.map(as_read).set_index(index)
    raise AssertionError(f"there is no table of each {index}")


def as_read(text: object) -> str:
    """A cell without escapes, and a name without its link to the definition."""
    plain = str(text).replace("\\", "")
    link = re.match(r"\[(.*?)\]\(methodology#", plain)
    return link[1] if link else plain


def metrics(page: AppTest) -> dict[str, str]:
    """Each card's label and number."""
    return {card.label: str(card.value).replace("\\", "") for card in page.metric}


def measured(jobs: JobManager, run_id: str) -> RunResult:
    """The result of a run, once it is there."""
    outcome = jobs.wait(run_id)
    assert isinstance(outcome, RunResult)
    return outcome
