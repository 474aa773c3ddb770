"""Sample data on every page, marked as such, and never among the person's own runs."""

from collections.abc import Callable
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.jobs.manager import JobManager
from pages.widgets import sample_state, state
from tests.pages.conftest import FAULT, ROOT, texts
from tests.pages.test_every_page import PAGES
from tests.samples import a_result

CLOSED = {
    "explore": "run", "sweep": "sweep_start", "compare": "start_pair", "claims": "measure_all",
}  # fmt: skip
OpenApp = Callable[..., AppTest]


@pytest.fixture
def app(jobs: JobManager) -> OpenApp:  # noqa: ARG001 - the pages find it
    """Open a page of the dashboard in a new session."""

    def opened(name: str = "explore", **query: str) -> AppTest:
        page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        for key, value in query.items():
            page.query_params[key] = value
        page.run()
        if name != "explore":
            page.switch_page(f"pages/{name}.py").run()
        assert not page.exception
        assert FAULT not in texts(page)
        return page

    return opened


def is_marked(page: AppTest) -> bool:
    return "Sample data:" in texts(page) and "not on this machine" in texts(page)


@pytest.mark.parametrize("name", PAGES)
def test_each_page_says_so_at_the_top_and_keeps_it_from_page_to_page(
    app: OpenApp, name: str
) -> None:
    page = app(name, sample="1")
    assert is_marked(page)
    assert page.query_params["sample"] == "1"
    assert "Sample data:" in str(page.markdown[0].value)


def test_the_history_shows_them_and_the_own_history_stays_as_it_was(
    app: OpenApp, jobs: JobManager
) -> None:
    jobs.history.finish(a_result("mine"))
    before = jobs.history.stamp()
    page = app("history", sample="1")
    shown = set(page.dataframe[0].value.iloc[:, 0].astype(str))
    assert shown
    assert "mine" not in str(page.dataframe[0].value)
    assert jobs.history.stamp() == before
    assert [row.run_id for row in jobs.history.rows()] == ["mine"]


def test_two_sessions_do_not_disturb_each_other(app: OpenApp, jobs: JobManager) -> None:
    jobs.history.finish(a_result("mine"))
    sample, own = app("decide", sample="1"), app("decide")
    for _ in range(2):
        assert is_marked(sample.run())
        assert not is_marked(own.run())
        assert "1 run" in texts(own) or "mine" in str(own.main)
    assert state.own_manager() is jobs
    assert sample_state.manager().history.address != jobs.history.address


def test_leaving_goes_back_to_the_own_history(app: OpenApp, jobs: JobManager) -> None:
    jobs.history.finish(a_result("mine"))
    page = app("history", sample="1")
    page.button(key="leave_sample").click().run()
    assert not is_marked(page)
    assert "sample" not in page.query_params
    assert "mine" in str(page.dataframe[0].value)
    assert not is_marked(page.switch_page("pages/sweep.py").run())


def test_an_empty_history_leads_to_them(app: OpenApp) -> None:
    page = app("decide")
    page.button(key="look_at_sample").click().run()
    assert is_marked(page)
    assert not page.exception
    assert "No measured runs yet" not in texts(page)


@pytest.mark.parametrize(("name", "key"), CLOSED.items())
def test_nothing_can_be_started(app: OpenApp, jobs: JobManager, name: str, key: str) -> None:
    page = app(name, sample="1")
    button = page.button(key=key)
    assert button.disabled
    assert "sample data" in button.help
    assert jobs.active() == ()


def test_no_trial_can_be_started_and_no_file_given(app: OpenApp) -> None:
    trial = app("sweep", sample="1").button(key="sweep_trial")
    assert trial.disabled
    assert "sample data" in trial.help
    (field,) = app("history", sample="1").get("file_uploader")
    assert field.proto.disabled


def test_nothing_can_be_changed(app: OpenApp) -> None:
    run_id = sample_state.manager().history.ids()[0]
    page = app("history", sample="1", run=run_id)
    assert page.text_area(key=f"note_{run_id}").disabled
    changing = [page.button(key=key) for key in ("pin_baseline",) if key in str(page.button)]
    assert all(button.disabled for button in changing)


def test_a_run_of_the_own_history_is_unknown_among_them(app: OpenApp, jobs: JobManager) -> None:
    jobs.history.finish(a_result("mine"))
    assert "There is no run mine" in texts(app(sample="1", job="mine"))


@pytest.mark.parametrize("value", ["0", "", "yes", "2"])
def test_any_other_word_shows_the_own_history(app: OpenApp, value: str) -> None:
    assert not is_marked(app(sample=value))


def test_estimates_and_baselines_never_see_them(app: OpenApp, jobs: JobManager) -> None:
    app(sample="1")
    assert jobs.history.baseline("smollm2-135m") is None
    page = app()
    assert "nothing of these levers has been measured here yet" in texts(page)


@pytest.mark.parametrize("name", ["present", "history"])
def test_a_file_of_sample_data_says_so(
    monkeypatch: pytest.MonkeyPatch, app: OpenApp, jobs: JobManager, name: str
) -> None:
    offered: dict[str, Any] = {}
    real = st.download_button

    def noted(*args: Any, **kwargs: Any) -> bool:
        offered[kwargs["file_name"]] = kwargs["data"]
        return real(*args, **kwargs)

    jobs.history.finish(a_result("mine"))
    monkeypatch.setattr(st, "download_button", noted)
    app(name)
    assert offered
    assert not any(each.startswith("sample-") for each in offered)
    offered.clear()
    page = app(name, sample="1")
    assert offered
    assert all(each.startswith("sample-") for each in offered)
    assert "python -m core report" not in " ".join(code.value for code in page.code)
    if name == "present":
        (report,) = offered.values()
        assert "Sample data:</strong> measured on" in report().decode()
