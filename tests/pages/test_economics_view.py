"""Cold against warm on a page: three cards with seconds and dollars, and sentences."""

from streamlit.testing.v1 import AppTest

from core.jobs.manager import JobManager
from core.results.types import RunResult
from tests.pages.conftest import metrics, texts
from tests.samples import a_result, a_spec

COMPILED = a_spec(compile="whole", kv_cache="static")


def page_of(run_id: str) -> AppTest:
    def script(run_id: str) -> None:
        from pages.widgets import state
        from pages.widgets.economics_view import draw_economics

        stored = state.manager().history.get(run_id)
        assert stored is not None
        draw_economics(stored.outcome)  # type: ignore[arg-type]

    page = AppTest.from_function(script, default_timeout=20, args=(run_id,)).run()
    assert not page.exception
    return page


def store(jobs: JobManager, *results: RunResult) -> None:
    for result in results:
        jobs.history.finish(result)


def test_the_first_request_is_spread_over_as_many_as_are_asked(jobs: JobManager) -> None:
    store(jobs, a_result("run-1", e2e_s=2.0))  # load 1.5 s, first run 3.2 s
    page = page_of("run-1")
    assert metrics(page) == {
        "First request": "4.70 s", "Warm request": "2.00 s", "Mean of 100": "2.03 s"
    }  # fmt: skip
    assert all(str(card.delta).replace("\\", "").startswith("$") for card in page.metric)
    page.number_input(key="economics_requests").set_value(10).run()
    assert metrics(page)["Mean of 10"] == "2.27 s"
    assert "compil" not in texts(page)


def test_a_shape_that_had_run_before_shows_dashes_and_says_why(jobs: JobManager) -> None:
    result = a_result("run-1")
    known = result.model_copy(update={"times": result.times.model_copy(update={"first_s": None})})
    store(jobs, known)
    page = page_of("run-1")
    assert set(metrics(page).values()) == {"–"}
    assert "had run in the worker before" in texts(page)


def test_compiling_is_held_against_the_uncompiled_run_of_the_history(jobs: JobManager) -> None:
    store(jobs, a_result("compiled", COMPILED, e2e_s=1.0))
    assert "measure the same with compile off" in texts(page_of("compiled"))
    store(jobs, a_result("eager", a_spec(), e2e_s=2.0))
    assert "against the uncompiled run eager after 50.0 requests" in texts(page_of("compiled"))
