"""Each page's state in its URL: a fresh session shows it, a bad link is told, no link runs."""

from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.experiments.conductor import Conductor
from core.jobs.manager import JobManager
from pages.widgets.links import across_state, link_state
from tests.pages.conftest import OpenPage, metrics, texts
from tests.samples import a_result, a_spec

LINKS = {
    "explore": [
        {},
        {"job": "run-1"},
        {"job": "none"},
        {"precision": "bf16", "batch_size": "4", "prompt_tokens": "12", "tab": "cost"},
        {"compile": "on", "kv_cache": "on", "job": "run-2"},
        {"engine": "openai", "endpoint": "http://127.0.0.1:1", "model": "x"},
        {"model": "/etc", "task": "prompt,expected\na,b", "stop": "natural", "stop_strings": "x"},
    ],
    "sweep": [
        {},
        {"sweep": "none", "metric": "e2e_s"},
        {"precision": "fp32,bf16", "batch_size": "1,4", "search": "true", "trials": "3"},
        {"budget_minutes": "5", "fresh": "true", "skip_dominated": "true"},
    ],
    "compare": [
        {},
        {"pair": "run-1,run-2"},
        {"pair": "none"},
        {"a": "run-2", "b_batch_size": "4", "pairs": "8"},
        {"runs": "run-1,run-2", "against": "run-2"},
        {"of": "run-1"},
        {"engines": "none"},
        {"part": "engines"},
    ],
    "decide": [{}, {"ask": "cheapest", "across": "e2e_s", "colour": "ttft_s", "price": "1@cpu"}],
    "batching": [
        {},
        {"load": "none"},
        {"steps": "none", "policies": "none,static:4", "rate_per_s": "2", "calibration_s": "5"},
        {"arrivals": "trace", "trace": "arrival_s\n0\n1", "measured": "static"},
    ],
    "claims": [{}, {"thorough": "true", "device": "cpu"}],
    "history": [{}, {"search": "run", "status": "done"}, {"run": "run-1", "tab": "settings"}],
    "present": [
        {},
        {"from": "run-1", "to": "none", "requests": "5", "paid": "all-month", "price": "2"},
        {"from": "run-2", "utilisation": "0.5", "price": "1@cpu"},
        {"from": "none"},
    ],
    "methodology": [{}, {"precision": "bf16"}],
}
EVERY = [(name, query) for name, links in LINKS.items() for query in links]


@pytest.fixture
def history(jobs: JobManager) -> JobManager:
    jobs.history.finish(a_result("run-1", a_spec(max_new_tokens=8, precision="bf16")))
    jobs.history.finish(a_result("run-2", a_spec(max_new_tokens=8), minute=2))
    return jobs


@pytest.fixture
def nothing_runs(history: JobManager, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever would begin something fails the test, also where a page would catch it."""
    begun: list[str] = []
    for thing, names in ((history, ("submit", "submit_pair")), (Conductor, ("start", "resume"))):
        for name in names:
            monkeypatch.setattr(thing, name, lambda *_, name=name, **__: begun.append(name))
    yield
    assert begun == []


def again(open_page: OpenPage, name: str, page: AppTest) -> AppTest:
    """The page's link in another session, which must show the same and link to the same."""
    query: dict[str, Any] = dict(page.query_params)
    other = open_page(name, **query)
    assert dict(other.query_params) == query
    return other


@pytest.mark.usefixtures("nothing_runs")
@pytest.mark.parametrize(("name", "query"), EVERY)
def test_a_link_starts_nothing_and_its_view_links_to_itself(
    open_page: OpenPage, name: str, query: dict[str, str]
) -> None:
    page = open_page(name, sample="1", **query)
    assert page.query_params["sample"] == "1"
    assert link_state.NOT_TAKEN not in texts(page)
    if name != "methodology":
        again(open_page, name, page)


def test_explore_stands_in_its_url(open_page: OpenPage) -> None:
    page = open_page("explore")
    assert page.query_params == {}
    page.button(key="precision_nf4").click().run()
    page.number_input(key="batch_size").set_value(3).run()
    page.text_area(key="prompt").set_value("Once & “again”\n").run()
    assert page.query_params == {
        "precision": "nf4", "batch_size": "3", "prompt": "Once & “again”\n"
    }  # fmt: skip
    other = again(open_page, "explore", page)
    assert other.number_input(key="batch_size").value == 3
    assert other.text_area(key="prompt").value == "Once & “again”\n"


def test_a_link_of_before_has_the_fields_of_its_job(
    open_page: OpenPage, history: JobManager
) -> None:
    assert history
    page = open_page("explore", job="run-1")
    assert page.session_state["precision"] == "bf16"
    assert page.query_params["model"] == "smollm2-135m"
    page.button(key="precision_fp32").click().run()
    other = again(open_page, "explore", page)
    assert other.session_state["precision"] == "fp32"
    assert other.metric


def test_the_price_and_the_open_tab_are_in_the_link(
    open_page: OpenPage, history: JobManager
) -> None:
    assert history
    page = open_page("history", run="run-1")
    assert page.query_params == {"run": "run-1"}
    page.session_state["result_tabs"] = "Cost"
    page.run()
    page.number_input(key="price_per_hour_cpu").set_value(36.0).run()
    assert page.query_params == {"tab": "cost", "price": "36@cpu", "run": "run-1"}
    other = again(open_page, "history", page)
    assert metrics(other)["Cost per run"] == metrics(page)["Cost per run"]


def test_a_sweep_and_its_options_stand_in_the_url(open_page: OpenPage) -> None:
    page = open_page("sweep")
    page.button(key="grid_precision_bf16").click().run()
    page.text_input(key="grid_batch_size").set_value("1,4").run()
    page.toggle(key="sweep_search").set_value(True).run()
    assert page.query_params == {
        "precision": "fp32,bf16", "batch_size": "1,4", "search": "true"
    }  # fmt: skip
    assert again(open_page, "sweep", page).text_input(key="grid_batch_size").value == "1,4"


def test_the_parts_of_compare_each_have_their_link(
    open_page: OpenPage, history: JobManager
) -> None:
    assert history
    page = open_page("compare", a="run-1")
    page.selectbox(key="ab_b_precision").set_value("fp32").run()
    assert page.query_params == {"b_precision": "fp32", "a": "run-1"}
    other = again(open_page, "compare", page)
    assert other.selectbox(key="ab_a_precision").value == "bf16"
    page.segmented_control(key="compare_part").set_value("Stored runs").run()
    page.multiselect(key="compared_runs").set_value(["run-1", "run-2"]).run()
    page.selectbox(key="compared_with").set_value("run-2").run()
    assert page.query_params["runs"] == "run-1,run-2"
    assert again(open_page, "compare", page).selectbox(key="compared_with").value == "run-2"


def test_what_is_wrong_in_a_link_is_told_and_the_rest_is_taken(open_page: OpenPage) -> None:
    page = open_page(
        "explore", batch_size="abc", precision="bf17", repeats="7", max_new_tokens="-1", fbclid="x"
    )
    said = texts(page)
    assert link_state.NOT_TAKEN in said
    assert "batch_size: 'abc': it is no whole number. Valid: whole numbers from 1 to 4096" in said
    assert "precision: 'bf17'" in said
    assert "fbclid" not in said
    assert page.number_input(key="batch_size").value == 1
    assert page.number_input(key="repeats").value == 7
    assert page.number_input(key="max_new_tokens").value == -1
    assert page.button(key="run").disabled
    assert "batch_size" not in page.query_params
    page.run()
    assert link_state.NOT_TAKEN in texts(page)
    page.number_input(key="max_new_tokens").set_value(8).run()
    assert link_state.NOT_TAKEN not in texts(page)


def test_what_is_not_there_to_choose_is_told(open_page: OpenPage, history: JobManager) -> None:
    assert history
    page = open_page("decide", scope="none", up="tpot_s")
    assert "scope: 'none': it cannot be chosen here" in texts(page)
    assert "up: 'tpot_s': it cannot be chosen here" in texts(page)


@pytest.mark.parametrize("value", ["[x](http://a.b)", "![x](http://a.b/c.png)", "<b>x</b>"])
def test_a_bad_value_is_text_and_no_more(open_page: OpenPage, value: str) -> None:
    page = open_page("explore", batch_size=value)
    assert value in texts(page)
    assert not any(value in part.value for part in page.warning)


def test_what_is_too_long_for_a_link_is_said(open_page: OpenPage) -> None:
    page = open_page("explore", batch_size="2")
    page.text_area(key="prompt").set_value("x" * 3000).run()
    assert page.query_params == {"batch_size": "2"}
    assert "The link to this view does not carry Prompt" in texts(page)


def test_going_back_takes_what_the_url_says(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_page("explore")
    page.number_input(key="batch_size").set_value(2).run()
    page.number_input(key="batch_size").set_value(3).run()
    monkeypatch.setattr(across_state, "went_in_history", lambda: True)
    page.query_params.update(batch_size="2")
    page.run()
    assert page.number_input(key="batch_size").value == 2
    page.query_params.clear()
    page.run()
    assert page.number_input(key="batch_size").value == 1


def test_a_browser_that_is_behind_takes_nothing_back(open_page: OpenPage) -> None:
    """It sends the URL of a moment ago with the next change."""
    page = open_page("explore")
    page.number_input(key="batch_size").set_value(2).run()
    behind = dict(page.query_params)
    page.number_input(key="batch_size").set_value(3).run()
    page.query_params = behind
    page.number_input(key="repeats").set_value(7).run()
    assert page.query_params == {"batch_size": "3", "repeats": "7"}


def test_another_link_followed_on_the_same_page_is_taken(open_page: OpenPage) -> None:
    page = open_page("explore", batch_size="2", repeats="7")
    page.query_params = {"precision": "bf16"}
    page.run()
    assert page.number_input(key="batch_size").value == 1
    assert page.query_params == {"precision": "bf16"}


def test_a_link_of_which_no_name_is_known_is_told_too(open_page: OpenPage) -> None:
    page = open_page("explore", precison="bf16", utm_source="x")
    assert "precison: there is no such parameter here. Nearest: precision." in texts(page)
    assert "utm" not in texts(page)
    assert "precison" not in texts(page.number_input(key="batch_size").set_value(2).run())
