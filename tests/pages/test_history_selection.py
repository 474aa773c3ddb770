"""What is done with selected runs: open, tag, delete and undo, and what a selection outlives."""

import pytest
from streamlit.testing.v1 import AppTest

from core.jobs.manager import JobManager
from core.results.measured import Phase
from tests.fake_executor import FakeExecutor
from tests.jobs.waiting import in_phase, until
from tests.pages.conftest import OpenPage, select, texts
from tests.samples import a_result, a_spec


@pytest.fixture
def three(jobs: JobManager) -> JobManager:
    """Three measured runs; the table has the newest, run-3, on top."""
    for minute, precision in enumerate(("fp32", "bf16", "nf4")):
        spec = a_spec(precision=precision)
        jobs.history.finish(a_result(f"run-{minute + 1}", spec, minute=minute))
    return jobs


def listed(page: AppTest) -> list[str]:
    return list(page.dataframe[0].value["run_id"])


def exported(page: AppTest) -> str:
    """The label of the download of the selection, which counts the selected runs."""
    return str(page.get("download_button")[1].label)


@pytest.mark.usefixtures("three")
def test_nothing_can_be_done_with_no_selection(open_page: OpenPage) -> None:
    page = open_page("history")
    assert all(page.button(key=key).disabled for key in ("open_run", "tag", "delete"))
    assert exported(page) == "CSV, selection (0)"


@pytest.mark.usefixtures("three")
def test_one_selected_run_is_opened_and_left_again(open_page: OpenPage) -> None:
    page = open_page("history")
    select(page, 1)
    assert exported(page) == "CSV, selection (1)"
    page.button(key="open_run").click().run()
    assert page.query_params["run"] == "run-2"
    page.button(key="close_run").click().run()
    assert "run" not in page.query_params
    assert listed(page) == ["run-3", "run-2", "run-1"]


@pytest.mark.usefixtures("three")
def test_several_selected_runs_are_not_opened(open_page: OpenPage) -> None:
    page = open_page("history")
    select(page, 0, 1)
    assert page.button(key="open_run").disabled
    assert not page.button(key="delete").disabled


def test_selected_runs_are_deleted_and_brought_back(open_page: OpenPage, three: JobManager) -> None:
    page = open_page("history")
    select(page, 0, 2)
    page.button(key="delete").click().run()
    assert listed(page) == ["run-2"]
    assert page.button(key="delete").disabled
    page.button(key="undo_delete").click().run()
    assert [row.run_id for row in three.history.rows()] == listed(page)
    assert listed(page) == ["run-3", "run-2", "run-1"]
    assert page.button(key="delete").disabled


def test_all_runs_can_be_deleted_and_brought_back(open_page: OpenPage, three: JobManager) -> None:
    page = open_page("history")
    select(page, 0, 1, 2)
    page.button(key="delete").click().run()
    assert "No runs yet" in texts(page)
    page.button(key="undo_delete").click().run()
    assert len(listed(page)) == len(three.history.rows()) == 3


def test_selected_runs_get_the_typed_tags(open_page: OpenPage, three: JobManager) -> None:
    page = open_page("history")
    select(page, 0, 1)
    page.text_input(key="tags").set_value("demo, on battery ,")
    page.button(key="tag").click().run()
    tags = {row.run_id: row.tags for row in three.history.rows()}
    assert tags == {"run-3": ("demo", "on battery"), "run-2": ("demo", "on battery"), "run-1": ()}


def test_an_empty_field_takes_no_tags_away_but_its_own_button_does(
    open_page: OpenPage, three: JobManager
) -> None:
    three.history.tag(["run-3", "run-2"], ["demo"])
    page = open_page("history")
    select(page, 0, 1)
    page.text_input(key="tags").set_value(" , ")
    page.button(key="tag").click().run()
    assert "Type a tag first" in texts(page)
    assert [row.tags for row in three.history.rows()] == [("demo",), ("demo",), ()]
    page.button(key="untag").click().run()
    assert [row.tags for row in three.history.rows()] == [(), (), ()]


def test_a_running_run_is_not_deleted_and_the_reason_is_told(
    open_page: OpenPage, jobs: JobManager, executor: FakeExecutor
) -> None:
    executor.hold = Phase.MEASURING
    run_id = jobs.submit(a_spec())
    until(in_phase(jobs, run_id, Phase.MEASURING))
    page = open_page("history")
    select(page, 0)
    page.button(key="delete").click().run()
    assert "the run is not over; cancel it first" in texts(page)
    assert listed(page) == [run_id]
    assert "undo_delete" not in [button.key for button in page.button]


@pytest.mark.usefixtures("three")
def test_a_selection_does_not_move_to_other_runs_when_a_search_changes_the_rows(
    open_page: OpenPage,
) -> None:
    page = open_page("history")
    select(page, 0)
    page.text_input(key="history_search").set_value("bf16").run()
    assert listed(page) == ["run-2"]
    assert page.button(key="delete").disabled


def test_a_selection_does_not_move_to_other_runs_when_a_new_run_arrives(
    open_page: OpenPage, three: JobManager
) -> None:
    page = open_page("history")
    select(page, 0)
    three.history.finish(a_result("run-4", minute=9))
    page.run()
    assert listed(page)[0] == "run-4"
    assert page.button(key="delete").disabled


def test_a_filter_on_a_value_that_is_gone_shows_what_is_left(
    open_page: OpenPage, three: JobManager
) -> None:
    page = open_page("history")
    page.multiselect(key="history_precision").set_value(["nf4"]).run()
    assert listed(page) == ["run-3"]
    three.history.delete(["run-3"])
    page.run()
    assert not page.exception
    assert not page.error
    assert page.multiselect(key="history_precision").options == ["bf16", "fp32"]


@pytest.mark.usefixtures("three")
def test_runs_are_chosen_by_name_as_well_without_the_table(open_page: OpenPage) -> None:
    page = open_page("history")
    (names,) = (box for box in page.multiselect if box.label == "Runs by name")
    assert [name.split(" · ")[0] for name in names.options] == ["run-3", "run-2", "run-1"]
    names.select("run-2").run()
    assert exported(page) == "CSV, selection (1)"
    page.button(key="open_run").click().run()
    assert page.query_params["run"] == "run-2"


@pytest.mark.usefixtures("three")
def test_a_run_that_is_selected_twice_counts_once(open_page: OpenPage) -> None:
    page = open_page("history")
    (names,) = (box for box in page.multiselect if box.label == "Runs by name")
    names.set_value(["run-3", "run-1"])
    select(page, 0)
    assert exported(page) == "CSV, selection (2)"
