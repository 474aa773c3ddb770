"""Each control has a sentence, each metric its definition, each plot a takeaway: in every state of
every page that can be brought about here.
"""

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import HistoryError
from core.experiments.claims.claims import Claims
from core.jobs.manager import JobManager
from core.results.history import History
from core.results.measured import Phase
from core.variants.environment import read_environment
from core.variants.pairing import PairPlan
from pages.widgets import state
from pages.widgets.batching import batching_state, curves_view
from pages.widgets.claims import claims_state
from pages.widgets.links.compare_link import PLOT_NAMES
from pages.widgets.result_view import TABS
from pages.widgets.sweep import sweep_state
from tests.experiments.batching import load_testing
from tests.experiments.sweeping import HERE, a_request, ended
from tests.fake_executor import FakeExecutor
from tests.jobs.waiting import in_phase, until
from tests.pages.conftest import OpenPage, select, texts
from tests.pages.test_batching_page import calibrated
from tests.pages.test_compare_pair import a_pair, keep
from tests.pages.test_decide_page import EXAMPLE
from tests.pages.wording import unexplained
from tests.sample_histories import fill
from tests.sample_rooflines import a_bounded_result
from tests.samples import a_failure, a_result, a_spec

pytestmark = pytest.mark.usefixtures("bundled_model")
TASK = "prompt,expected\nThe capital of France is,Paris"
PAGES = (
    "batching", "claims", "compare", "decide", "explore", "history", "methodology", "present",
    "start", "sweep",
)  # fmt: skip


def drawn(page: AppTest, kind: str) -> int:
    """How many elements of that kind there are: a state that shows none would prove nothing."""
    return len(page.get(kind))


@pytest.mark.parametrize("name", PAGES)
def test_on_an_empty_history(open_page: OpenPage, name: str) -> None:
    assert unexplained(open_page(name)) == []


@pytest.mark.parametrize("name", PAGES)
def test_with_runs_of_all_kinds(open_page: OpenPage, jobs: JobManager, name: str) -> None:
    fill(jobs.history, 260)
    assert unexplained(open_page(name)) == []


def test_a_result_with_all_that_it_can_have(open_page: OpenPage, jobs: JobManager) -> None:
    spec = a_spec(precision="bf16", compile="whole", kv_cache="static", task=TASK)
    keep(jobs, a_result("run-0"), a_bounded_result(spec, run_id="run-1"))
    for where in ({"name": "explore", "job": "run-1"}, {"name": "history", "run": "run-1"}):
        pages = [open_page(**where, tab=tab.lower()) for tab in TABS]
        assert sum(drawn(page, "plotly_chart") for page in pages) >= 4
        assert sum(drawn(page, "metric") for page in pages) >= 20
        assert [line for page in pages for line in unexplained(page)] == []


def test_a_run_of_one_token_and_a_failure(open_page: OpenPage, jobs: JobManager) -> None:
    keep(jobs, a_result("run-1", a_spec(max_new_tokens=1)), a_failure("run-2", minute=1))
    for run_id in ("run-1", "run-2"):
        assert unexplained(open_page("explore", job=run_id)) == []


def test_every_lever_of_explore(open_page: OpenPage) -> None:
    page = open_page("explore")
    page.button(key="decoding_speculative").click()
    page.button(key="stop_natural").click()
    page.number_input(key="batch_size").set_value(4)
    page.run()
    page.toggle(key=state.MIXED).set_value(True).run()
    assert unexplained(page) == []
    page.segmented_control(key=state.PROMPT_KIND).set_value(state.SYNTHETIC).run()
    page.button(key="engine_openai").click().run()
    assert unexplained(page) == []


def test_a_run_while_it_goes_on_beside_another(
    open_page: OpenPage, jobs: JobManager, executor: FakeExecutor
) -> None:
    executor.hold = Phase.MEASURING
    first, _ = jobs.submit(a_spec()), jobs.submit(a_spec(precision="nf4"))
    until(in_phase(jobs, first, Phase.MEASURING))
    page = open_page("explore", job=first)
    assert "Also here" in texts(page)
    assert unexplained(page) == []


def test_results_that_could_not_be_saved(
    open_page: OpenPage, jobs: JobManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise HistoryError("the disk is full")

    monkeypatch.setattr(History, "finish", full)
    jobs.wait(jobs.submit(a_spec()))
    page = open_page("explore")
    assert drawn(page, "download_button")
    assert unexplained(page) == []


def test_selected_and_deleted_runs(open_page: OpenPage, jobs: JobManager) -> None:
    keep(jobs, a_result("run-1"), a_result("run-2", minute=1))
    page = open_page("history")
    select(page, 0)
    page.button(key="delete").click().run()
    assert page.button(key="undo_delete")
    assert unexplained(page) == []


def test_stored_runs_beside_each_other(open_page: OpenPage, jobs: JobManager) -> None:
    keep(jobs, a_bounded_result(run_id="run-1"), a_result("run-2", a_spec(precision="nf4")))
    for plots in PLOT_NAMES:
        page = open_page("compare", runs="run-1,run-2", plots=plots)
        assert drawn(page, "plotly_chart") == 1
        assert drawn(page, "table") == 3
        assert unexplained(page) == []


def test_a_pair_that_is_set_up_measured_and_judged(
    open_page: OpenPage, jobs: JobManager, executor: FakeExecutor
) -> None:
    page = open_page("compare")
    page.selectbox(key="ab_b_decoding").set_value("speculative").run()
    assert unexplained(page) == []
    keep(jobs, *a_pair())
    judged = open_page("compare", pair="pair-a")
    assert drawn(judged, "plotly_chart") == 2
    assert unexplained(judged) == []
    executor.hold = Phase.MEASURING
    a, _ = jobs.submit_pair(a_spec(), a_spec(precision="bf16"), PairPlan())
    until(in_phase(jobs, a, Phase.MEASURING))
    assert unexplained(open_page("compare", pair=a)) == []


def test_a_question_to_other_engines(open_page: OpenPage, jobs: JobManager) -> None:
    keep(jobs, a_result("run-1", a_spec(prompt_tokens=16)))
    page = open_page("compare", of="run-1")
    assert page.button(key="ask_engines")
    assert unexplained(page) == []


@pytest.mark.parametrize("link", [{"to": "run-2"}, {"to": "none"}, {"to": "run-3"}])
def test_a_month_that_is_presented(
    open_page: OpenPage, jobs: JobManager, link: dict[str, str]
) -> None:
    keep(
        jobs,
        a_result("run-1"),
        a_result("run-2", a_spec(precision="nf4"), e2e_s=1.0),
        a_result("run-3", a_spec(max_new_tokens=4)),
    )
    page = open_page("present", **{"from": "run-1"}, **link)
    assert drawn(page, "plotly_chart") == (0 if link["to"] == "run-3" else 1)
    assert unexplained(page) == []


@pytest.mark.parametrize("ask", [EXAMPLE, "at most 1 ms per token, cheapest", "fastest on cpu"])
def test_questions_and_their_answers(open_page: OpenPage, jobs: JobManager, ask: str) -> None:
    keep(
        jobs,
        a_result("run-1", e2e_s=2.0),
        a_result("run-2", a_spec(precision="nf4", quality=False), e2e_s=3.0),
    )
    page = open_page("decide", {"decide_ask": ask, "decide_third": "perplexity_ratio"})
    assert "Understood" in texts(page)
    assert drawn(page, "plotly_chart") == 1
    assert unexplained(page) == []


def test_a_sweep_that_is_planned_runs_and_is_done(
    open_page: OpenPage, executor: FakeExecutor
) -> None:
    page = open_page("sweep", {"sweep_search": True, "grid_decoding": ("speculative",)})
    page.text_input(key="grid_batch_size").set_value("1, 4").run()
    assert unexplained(page) == []
    sweeps = sweep_state.sweeps()
    executor.hold = Phase.MEASURING
    key = sweeps.start(a_request(), HERE)
    until(lambda: executor.started)
    assert unexplained(open_page("sweep", sweep=key)) == []
    sweeps.stop(key)
    ended(sweeps, key)
    stopped = open_page("sweep", sweep=key)
    assert stopped.button(key="sweep_resume")
    assert unexplained(stopped) == []
    executor.release()
    stopped.button(key="sweep_resume").click().run()
    ended(sweeps, key)
    done = open_page("sweep", sweep=key)
    assert drawn(done, "plotly_chart") == 2
    assert unexplained(done) == []
    listed = open_page("sweep")
    assert listed.button(key=f"open_{key}")
    assert unexplained(listed) == []


@pytest.mark.parametrize("arrivals", ["bursts", "trace"])
def test_loads_of_every_kind(open_page: OpenPage, arrivals: str) -> None:
    page = open_page("batching")
    page.segmented_control(key="load_arrivals").set_value(arrivals).run()
    assert unexplained(page) == []


def test_a_load_that_is_foretold_and_served(open_page: OpenPage) -> None:
    tests = batching_state.load_tests()
    page = calibrated(open_page, tests)
    for tab in curves_view.TABS:
        page.session_state[curves_view.CURVES] = tab
        assert drawn(page.run(), "plotly_chart") == 1, tab
        assert unexplained(page) == []
    page.session_state["load_variant"] = True
    assert unexplained(page.run()) == []
    key = tests.start(load_testing.a_request(rates=(0.3, 0.5), repeats=2), state.environment())
    assert tests.wait(key, 20)
    for plots, count in {"answers": 1, "time": 2}.items():
        served = open_page("batching", load=key, plots=plots)
        assert drawn(served, "plotly_chart") == count
        assert unexplained(served) == []
    listed = open_page("batching")
    assert listed.button(key=f"open_{key}")
    assert unexplained(listed) == []


def test_claims_on_trial_and_judged(
    open_page: OpenPage, jobs: JobManager, monkeypatch: pytest.MonkeyPatch, executor: FakeExecutor
) -> None:
    monkeypatch.setattr(state, "read_environment", read_environment)
    claims: Claims = claims_state.claims()
    page = open_page("claims")
    page.button(key="measure_6").click().run()
    assert claims.wait(claims.latest(state.environment())[6].begun.experiment_id, 30)
    page.run()
    assert drawn(page, "plotly_chart") >= 2
    assert unexplained(page) == []
    executor.hold = Phase.MEASURING
    page.button(key="measure_all").click().run()
    until(lambda: executor.running)
    assert jobs.active()
    assert unexplained(page.run()) == []
