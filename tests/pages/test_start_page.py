"""The guided first run: one click for each step, the outcome in words, the same in every tab."""

from core.analysis.guide.steps import BASELINE, LEVERS
from core.errors import FailureKind
from core.home import READ_ONLY_VARIABLE
from core.jobs.manager import JobManager
from core.results.measured import Phase
from tests.fake_executor import FakeExecutor
from tests.pages.conftest import OpenPage, measured, texts
from tests.samples import a_failure, a_result

HALF = LEVERS[0]


def keys(page: object) -> set[str]:
    return {button.key for button in page.button if button.key}  # type: ignore[attr-defined]


def test_nothing_is_measured_before_a_click(open_page: OpenPage, jobs: JobManager) -> None:
    page = open_page("start")
    assert "guide_baseline" in keys(page)
    assert "guide_half" not in keys(page)
    assert "0 of 6 steps" in str(page.get("progress")[0].proto.text)
    assert jobs.active() == ()
    assert jobs.history.rows() == []


def test_a_step_is_one_click_and_its_outcome_is_told(open_page: OpenPage, jobs: JobManager) -> None:
    page = open_page("start")
    page.button(key="guide_baseline").click().run()
    (row,) = jobs.history.rows()
    assert measured(jobs, row.run_id).spec == BASELINE.spec("cpu")
    page.run()
    assert "The first token came after" in texts(page)
    page.button(key="guide_half").click().run()
    newest = jobs.history.rows()[0].run_id
    assert measured(jobs, newest).spec == HALF.spec("cpu")
    assert "Weights: 269 MB against 538 MB" in texts(page.run())
    assert "2 of 6 steps" in str(open_page("start").get("progress")[0].proto.text)


def test_a_run_goes_on_in_place_also_in_another_tab(
    open_page: OpenPage, jobs: JobManager, executor: FakeExecutor
) -> None:
    executor.hold = Phase.MEASURING
    page = open_page("start")
    page.button(key="guide_baseline").click().run()
    for tab in (page, open_page("start")):
        assert "cancel_baseline" in keys(tab)
        assert "guide_baseline" not in keys(tab)
    page.button(key="cancel_baseline").click().run()
    jobs.wait(jobs.history.rows()[0].run_id)
    page.run()
    assert "Cancelled" in texts(page)
    assert page.button(key="guide_baseline").label == "Try again"


def test_steps_that_were_measured_elsewhere_count(open_page: OpenPage, jobs: JobManager) -> None:
    page = open_page("start")
    for minute, step in enumerate((BASELINE, *LEVERS)):
        run_id = jobs.submit(step.spec("cpu"))
        jobs.wait(run_id)
        assert minute < 6
    page.run()
    assert "6 of 6 steps" in str(page.get("progress")[0].proto.text)
    assert "What next?" in texts(page)
    assert not [key for key in keys(page) if key.startswith("guide_")]


def test_a_failure_is_told_and_can_be_tried_again(open_page: OpenPage, jobs: JobManager) -> None:
    spec = BASELINE.spec("cpu")
    jobs.history.finish(a_failure("run-1", spec, kind=FailureKind.ERROR, message="It broke."))
    page = open_page("start")
    assert "It broke." in texts(page)
    assert page.button(key="guide_baseline").label == "Try again"


def test_a_read_only_dashboard_shows_the_guide_and_starts_nothing(
    open_page: OpenPage, jobs: JobManager
) -> None:
    jobs.history.finish(a_result("run-1"))
    jobs.history.refused = f"Read-only ({READ_ONLY_VARIABLE} is set)."
    page = open_page("start")
    button = page.button(key="guide_baseline")
    assert button.disabled
    assert READ_ONLY_VARIABLE in button.help


def test_two_steps_wait_for_each_other_and_neither_is_begun_twice(
    open_page: OpenPage, jobs: JobManager, executor: FakeExecutor
) -> None:
    page = open_page("start")
    page.button(key="guide_baseline").click().run()
    jobs.wait(jobs.history.rows()[0].run_id)
    executor.hold = Phase.MEASURING
    page.run()
    behind = open_page("start")  # another tab, which does not hear of the first click
    page.button(key="guide_half").click().run()
    page.button(key="guide_quantised").click().run()
    assert not page.exception
    assert {"cancel_half", "cancel_quantised"} <= set(keys(page))
    behind.button(key="guide_half").click().run()
    assert len(jobs.active()) == 2
