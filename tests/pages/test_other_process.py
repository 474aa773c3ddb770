"""A job that another process measures, as the command line does, seen in the browser."""

import pytest

from core.jobs.manager import JobManager
from core.results.measured import Phase
from core.results.types import now
from tests.pages.conftest import OpenPage, texts
from tests.samples import a_result, a_spec


@pytest.fixture
def elsewhere(jobs: JobManager) -> JobManager:
    """The history with a run that this server's manager did not submit, and that goes on."""
    jobs.history.add("run-1", a_spec(), now())
    jobs.history.set_phase("run-1", Phase.MEASURING)
    return jobs


@pytest.mark.usefixtures("elsewhere")
def test_it_is_shown_with_its_phase_and_cancelled_only_where_it_runs(open_page: OpenPage) -> None:
    page = open_page("explore", job="run-1")
    assert "radio_button_checked: Measuring]" in texts(page)
    assert page.button(key="cancel").disabled
    assert "Cancel it where it was started" in texts(page)


def test_its_result_is_shown_once_it_is_there(open_page: OpenPage, elsewhere: JobManager) -> None:
    page = open_page("explore", job="run-1")
    assert not page.metric
    elsewhere.history.finish(a_result("run-1"))
    page.run()
    assert page.metric


@pytest.mark.usefixtures("elsewhere")
def test_it_is_a_row_of_the_history_with_no_numbers(open_page: OpenPage) -> None:
    (row,) = open_page("history").dataframe[0].value.to_dict("records")
    assert (row["run_id"], row["status"]) == ("run-1", "running")
    assert row["e2e_s"] is None or row["e2e_s"] != row["e2e_s"]
