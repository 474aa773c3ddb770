"""The Sweep page: from a grid to a sweep that is watched, stopped, resumed and read."""

import pytest
from streamlit.testing.v1 import AppTest

from core.experiments.sweeps.sweeps import Sweeps
from core.jobs.manager import JobManager
from core.results.history import History
from core.results.measured import Phase
from pages.widgets.sweep import sweep_state
from pages.widgets.sweep.sweep_view import csv_of
from tests.experiments.sweeping import HERE, a_request, ended
from tests.fake_executor import FakeExecutor
from tests.jobs.waiting import until
from tests.pages.conftest import OpenPage, texts

pytestmark = pytest.mark.usefixtures("bundled_model")


@pytest.fixture
def sweeps(jobs: JobManager) -> Sweeps:  # noqa: ARG001 - the page's own manager
    return sweep_state.sweeps()


def fill_grid(page: AppTest) -> AppTest:
    """Two batch sizes of eight tokens."""
    page.text_input(key="grid_batch_size").set_value("1, 4")
    page.text_input(key="grid_max_new_tokens").set_value("8")
    return page.run()


def test_the_plan_stands_before_the_start(open_page: OpenPage) -> None:
    page = fill_grid(open_page("sweep"))
    assert "2 cells: 2 to measure" in texts(page)
    assert "About" in texts(page)
    assert "At most about" in texts(page)
    assert not page.button(key="sweep_start").disabled


def test_start_is_closed_where_a_value_is_wrong(open_page: OpenPage) -> None:
    page = open_page("sweep")
    page.text_input(key="grid_batch_size").set_value("1, x").run()
    assert page.button(key="sweep_start").disabled
    assert "Start waits until this is mended" in texts(page)


def test_a_sweep_is_started_and_followed_by_its_link(
    open_page: OpenPage, executor: FakeExecutor, sweeps: Sweeps
) -> None:
    executor.hold = Phase.MEASURING
    page = fill_grid(open_page("sweep"))
    page.button(key="sweep_start").click().run()
    (row,) = sweeps.listed()
    assert page.query_params["sweep"] == row.experiment_id
    until(lambda: executor.started)
    page.run()
    assert "Running" in texts(page)
    assert "waiting" in texts(page)
    executor.release()
    ended(sweeps, row.experiment_id)
    again = open_page("sweep", sweep=row.experiment_id)
    assert "Done" in texts(again)
    assert "2 measured" in texts(again)
    assert "Best so far" in texts(again)


def test_stop_and_resume(open_page: OpenPage, executor: FakeExecutor, sweeps: Sweeps) -> None:
    executor.hold = Phase.MEASURING
    key = sweeps.start(a_request(), HERE)
    until(lambda: executor.started)
    page = open_page("sweep", sweep=key)
    page.button(key="sweep_stop").click().run()
    ended(sweeps, key)
    page.run()
    assert "Stopped" in texts(page)
    executor.release()
    page.button(key="sweep_resume").click().run()
    ended(sweeps, key)
    page.run()
    assert "4 measured" in texts(page)


def test_an_earlier_sweep_is_listed_and_opened(open_page: OpenPage, sweeps: Sweeps) -> None:
    key = sweeps.start(a_request(), HERE)
    ended(sweeps, key)
    page = open_page("sweep")
    page.button(key=f"open_{key}").click().run()
    assert "4 measured" in texts(page)
    page.button(key="sweep_new").click().run()
    assert "to measure" in texts(page)


def test_impossible_cells_are_told_with_the_reason(open_page: OpenPage, sweeps: Sweeps) -> None:
    axes = {"attention": ("sdpa", "flash_attention_2"), "batch_size": (1, 2)}
    key = sweeps.start(a_request(axes=axes), HERE)
    ended(sweeps, key)
    page = open_page("sweep", sweep=key)
    assert "2 measured, 2 impossible" in texts(page)


def test_an_unknown_sweep_is_told(open_page: OpenPage) -> None:
    assert "There is no sweep nothing" in texts(open_page("sweep", sweep="nothing"))


def test_the_csv_has_a_row_for_each_cell(sweeps: Sweeps) -> None:
    key = sweeps.start(a_request(), HERE)
    picture = ended(sweeps, key)
    text = csv_of(History(), picture, lambda _: 1.0)
    assert len(text.splitlines()) == 1 + 4
    assert all(run_id in text for run_id in picture.run_ids)


def test_a_search_needs_a_goal_that_is_understood(open_page: OpenPage) -> None:
    page = fill_grid(open_page("sweep"))
    page.toggle(key="sweep_search").set_value(True).run()
    page.text_input(key="sweep_goal").set_value("bluest").run()
    assert page.button(key="sweep_start").disabled
    assert "goal" in texts(page)
