"""Decide: the scope, the question in constraints, the Pareto set, and what can be measured."""

import pytest

from core.jobs.manager import JobManager
from core.results.types import Grade, Trust
from pages.widgets.decide.pareto_view import clicked_run
from tests.fake_executor import FakeExecutor
from tests.pages.conftest import OpenPage, texts
from tests.sample_machines import a_run_environment
from tests.samples import a_result, a_spec

EXAMPLE = "at most 100 ms per token, 1 GB, perplexity ratio at most 1.02, cheapest"


@pytest.fixture
def filled(jobs: JobManager) -> JobManager:
    """Three precisions of one question, and one run that was asked another."""
    for minute, (run_id, values, e2e_s) in enumerate(
        (
            ("run-fp32", {}, 2.0),
            ("run-nf4", {"precision": "nf4"}, 3.0),
            ("run-fp16", {"precision": "fp16", "quality": False}, 1.5),
            ("run-other", {"max_new_tokens": 8}, 0.5),
        )
    ):
        jobs.history.finish(a_result(run_id, a_spec(**values), e2e_s=e2e_s, minute=-minute))
    return jobs


def test_without_runs_it_says_what_comes_here(open_page: OpenPage) -> None:
    assert "No measured runs yet" in texts(open_page("decide"))


@pytest.mark.usefixtures("filled")
def test_a_question_is_shown_back_and_answered(open_page: OpenPage) -> None:
    page = open_page("decide")
    page.text_input(key="decide_ask").set_value(EXAMPLE).run()
    said = texts(page) + page.success[0].value.replace("\\", "")
    assert "lowest cost per million tokens" in said
    assert "Perplexity ratio at most 1.02" in said
    assert "fp32 · sdpa: Cost per million tokens" in said
    assert "One run would decide this." in said
    assert "fp16 · sdpa has no perplexity ratio" in said
    assert any("from_pretrained" in block.value for block in page.code)


@pytest.mark.usefixtures("filled")
def test_what_is_not_understood_is_said_with_what_would_do(open_page: OpenPage) -> None:
    page = open_page("decide")
    page.text_input(key="decide_ask").set_value("at most 50 ms").run()
    assert "it does not say of what" in texts(page)
    assert "50 ms per token" in texts(page)
    assert not page.success


@pytest.mark.usefixtures("filled")
def test_an_example_can_be_pressed(open_page: OpenPage) -> None:
    page = open_page("decide")
    page.button(key="decide_ask_0").click().run()
    assert "at most 50 ms per token" in page.text_input(key="decide_ask").value


@pytest.mark.usefixtures("filled")
def test_nothing_that_qualifies_names_the_nearest(open_page: OpenPage) -> None:
    page = open_page("decide")
    page.text_input(key="decide_ask").set_value("1 ms per token, cheapest").run()
    assert "No run qualifies. Nearest is" in texts(page)


@pytest.mark.usefixtures("filled")
def test_runs_of_other_questions_are_another_scope(open_page: OpenPage) -> None:
    page = open_page("decide")
    scopes = page.selectbox(key="decide_scope")
    assert len(scopes.options) == 2
    assert "of 3 runs" in texts(page)
    page.selectbox(key="decide_scope").select_index(1).run()
    assert "of 1 run" in texts(page)


@pytest.mark.usefixtures("filled")
def test_a_third_objective_leaves_out_runs_without_it(open_page: OpenPage) -> None:
    page = open_page("decide")
    page.selectbox(key="decide_third").select("perplexity_ratio").run()
    assert "1 without a needed value" in texts(page)
    assert "Not drawn: 1 without a value of Perplexity ratio" in texts(page)


def test_grades_below_b_enter_only_when_asked(jobs: JobManager, open_page: OpenPage) -> None:
    jobs.history.finish(a_result("run-1", a_spec()))
    low = Trust(grade=Grade.C, reasons=("Only 3 repeats.",))
    jobs.history.finish(a_result("run-2", a_spec(precision="nf4"), trust=low))
    page = open_page("decide")
    assert "1 run is left out: their trust grade is below B" in texts(page)
    page.toggle(key="decide_trust").set_value(True).run()
    assert "left out" not in texts(page)


def test_a_new_run_is_seen_at_once(filled: JobManager, open_page: OpenPage) -> None:
    page = open_page("decide")
    filled.history.finish(a_result("run-new", a_spec(precision="bf16"), e2e_s=0.4, minute=9))
    assert "of 4 runs" in texts(page.run())


def test_the_missing_runs_are_queued_by_a_button(
    filled: JobManager,
    open_page: OpenPage,
    executor: FakeExecutor,
) -> None:
    page = open_page("decide")
    page.text_input(key="decide_ask").set_value(EXAMPLE).run()
    before = len(filled.history.rows())
    page.button(key="decide_queue").click().run()
    executor.release()
    queued = filled.history.rows()
    assert len(queued) == before + 1
    assert "1 run is queued" in texts(page)


def test_runs_of_another_machine_cannot_be_measured_here(
    jobs: JobManager, open_page: OpenPage
) -> None:
    elsewhere = a_run_environment().model_copy(update={"cpu_count": 64})
    for run_id, values in (("run-1", {}), ("run-2", {"precision": "fp16", "quality": False})):
        jobs.history.finish(a_result(run_id, a_spec(**values), environment=elsewhere))
    page = open_page("decide")
    page.text_input(key="decide_ask").set_value(EXAMPLE).run()
    assert page.button(key="decide_queue").disabled
    assert "could not be compared with them" in texts(page)


def test_two_machines_are_two_scopes(jobs: JobManager, open_page: OpenPage) -> None:
    mine = a_result("run-1", a_spec())
    other = mine.environment.model_copy(update={"device_name": "Another CPU"})
    jobs.history.finish(mine)
    jobs.history.finish(a_result("run-2", a_spec(precision="nf4"), environment=other))
    page = open_page("decide")
    assert len(page.selectbox(key="decide_scope").options) == 2
    assert "of 1 run" in texts(page)


@pytest.mark.parametrize(
    ("event", "run_id"),
    [
        ({"selection": {"points": []}}, None),
        ({"selection": {"points": [{"customdata": "run-1"}]}}, "run-1"),
        ({"selection": {"points": [{"customdata": ["run-1"]}]}}, "run-1"),
        ({"selection": {"points": [{"x": 1}]}}, None),
        (None, None),
    ],
)
def test_a_click_names_its_run(event: object, run_id: str | None) -> None:
    assert clicked_run(event) == run_id
