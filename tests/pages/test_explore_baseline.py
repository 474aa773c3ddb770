"""The baseline: pinned, unpinned, compared with, and what happens where it cannot be pinned."""

import pytest
from streamlit.proto.Metric_pb2 import Metric
from streamlit.testing.v1 import AppTest

from core.errors import HistoryError
from core.jobs.manager import JobManager
from core.results.history import History
from tests.pages.conftest import OpenPage, in_tab, measured, metrics, texts
from tests.samples import a_result, a_spec

GREEN, RED = (Metric.MetricColor.Value(name) for name in ("GREEN", "RED"))


@pytest.fixture
def two(jobs: JobManager) -> JobManager:
    """The default baseline, run-1, and a quantised run-2 that takes half its time."""
    jobs.history.finish(a_result("run-1", e2e_s=2.0))
    jobs.history.finish(a_result("run-2", a_spec(precision="nf4"), e2e_s=1.0, minute=1))
    return jobs


def colours(page: AppTest) -> dict[str, int]:
    """The colour of each card whose change against the baseline is for the better or worse."""
    return {
        card.label: card.proto.color
        for card in page.metric
        if card.delta and card.proto.color in (GREEN, RED)
    }


def full(*_: object) -> None:
    raise HistoryError("the disk is full")


@pytest.mark.usefixtures("two")
def test_a_baseline_is_pinned_and_unpinned(open_page: OpenPage) -> None:
    page = open_page("explore", job="run-2")
    assert "run-1 (the first fp32 run of this model; trust A)" in texts(page)
    page.button(key="pin_baseline").click().run()
    assert "This run is the baseline (pinned)" in texts(page)
    page.button(key="unpin_baseline").click().run()
    assert "run-1 (the first fp32 run of this model; trust A)" in texts(page)


def test_pinning_a_run_that_is_not_stored_is_refused_in_words(
    open_page: OpenPage, jobs: JobManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(History, "finish", full)
    page = open_page("explore")
    page.button(key="run").click().run()
    measured(jobs, page.query_params["job"])
    page.run()
    page.button(key="pin_baseline").click().run()
    assert not page.exception
    assert "it is no measured run of smollm2-135m" in texts(page)
    assert "End-to-end" in metrics(page)


@pytest.mark.parametrize("action", ["pin_baseline", "unpin_baseline"])
def test_a_history_that_takes_no_baseline_is_told_and_the_result_stays(
    open_page: OpenPage, two: JobManager, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    two.history.pin_baseline("smollm2-135m", "run-1")
    monkeypatch.setattr(History, action, full)
    page = open_page("explore", job="run-2")
    page.button(key=action).click().run()
    assert not page.exception
    assert "the disk is full" in texts(page)
    assert "End-to-end" in metrics(page)


@pytest.mark.usefixtures("two")
def test_less_time_and_more_throughput_are_green_and_more_loss_is_red(open_page: OpenPage) -> None:
    page = open_page("explore", job="run-2")
    changes = {card.label: card.delta for card in page.metric}
    assert changes["End-to-end"] == "-50.0 % better"
    assert changes["Output throughput"] == "+100 % better"
    assert str(changes["Perplexity ratio"]).endswith("% worse")
    shown = colours(page)
    assert shown["End-to-end"] == shown["Output throughput"] == shown["Weights"] == GREEN
    assert shown["Perplexity ratio"] == RED
    assert colours(in_tab(page, "Cost"))["Cost per run"] == GREEN
    assert colours(in_tab(page, "Quality"))["Perplexity"] == RED


def test_more_time_and_less_throughput_are_red(open_page: OpenPage, two: JobManager) -> None:
    two.history.pin_baseline("smollm2-135m", "run-2")
    page = open_page("explore", job="run-1")
    shown = colours(page)
    assert shown["End-to-end"] == shown["Output throughput"] == RED
    assert colours(in_tab(page, "Cost"))["Cost per run"] == RED


@pytest.mark.usefixtures("two")
def test_the_baseline_is_compared_with_nothing(open_page: OpenPage) -> None:
    page = open_page("explore", job="run-1")
    assert colours(page) == {}
    assert "This run is the baseline (the first fp32 run of this model)" in texts(page)


def test_without_a_baseline_nothing_is_compared(open_page: OpenPage, jobs: JobManager) -> None:
    jobs.history.finish(a_result("run-1", a_spec(precision="nf4")))
    page = open_page("explore", job="run-1")
    assert colours(page) == {}
    assert "No baseline yet" in texts(page)


def test_another_workload_than_the_baselines_is_told(open_page: OpenPage, two: JobManager) -> None:
    two.history.finish(a_result("run-3", a_spec(batch_size=4), minute=2))
    assert "Not like with like: batch_size 4 against 1" in texts(open_page("explore", job="run-3"))
