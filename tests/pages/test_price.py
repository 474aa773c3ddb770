"""The price that a person can edit: each device has its own, and all pages reckon with it."""

import csv
import io
import json

import pytest
from streamlit.testing.v1 import AppTest

from core.jobs.manager import JobManager
from core.results.history import History
from core.results.types import Outcome
from pages.widgets import history_actions, state
from tests.pages.conftest import ROOT, OpenPage, metrics, texts
from tests.samples import a_cpu, a_gpu, a_result, a_run_environment, a_spec, an_environment

CPU_FIELD, GPU_FIELD = "price_per_hour_cpu", "price_per_hour_cuda:0"


COST = {"result_tabs": "Cost"}


@pytest.fixture
def two_devices(jobs: JobManager, monkeypatch: pytest.MonkeyPatch) -> JobManager:
    """Run-1 of the CPU and run-2 of the GPU, which takes half the time, on one machine."""
    both = an_environment(a_cpu(), a_gpu())
    monkeypatch.setattr(state, "read_environment", lambda: both)
    jobs.history.finish(a_result("run-1", e2e_s=2.0))
    on_gpu = a_run_environment().model_copy(update={"device_name": a_gpu().name})
    spec = a_spec(device="cuda:0")
    jobs.history.finish(a_result("run-2", spec, e2e_s=1.0, minute=1, environment=on_gpu))
    return jobs


def two_prices(outcome: Outcome | None) -> float:
    assert outcome is not None
    return 4.0 if outcome.spec.variant.device == "cuda:0" else 0.5


def cost_in_json(page: AppTest) -> float:
    stored = next(json.loads(code.value) for code in page.code if code.value.startswith("{"))
    return float(stored["cost"]["usd_per_hour"])


def test_an_edited_price_changes_the_cost(open_page: OpenPage, jobs: JobManager) -> None:
    jobs.history.finish(a_result("run-1", e2e_s=2.0))
    page = open_page("explore", COST, job="run-1")
    page.number_input(key=CPU_FIELD).set_value(3600.0).run()
    assert metrics(page)["Cost per run"] == "$2.00"
    page.number_input(key=CPU_FIELD).set_value(0.0).run()
    assert metrics(page)["Cost per run"] == "$0.00"


@pytest.mark.usefixtures("two_devices")
def test_each_device_begins_with_its_own_price_in_whatever_order_they_are_seen(
    open_page: OpenPage,
) -> None:
    alone = open_page("explore", COST, job="run-2").number_input(key=GPU_FIELD).value
    page = open_page("explore", COST, job="run-1")
    page.query_params["job"] = "run-2"
    page.run()
    assert page.number_input(key=GPU_FIELD).value == alone
    assert page.number_input(key=GPU_FIELD).value > 1


@pytest.mark.usefixtures("two_devices")
def test_the_cost_is_compared_with_the_baseline_at_the_price_of_its_own_device(
    open_page: OpenPage,
) -> None:
    page = open_page("explore", COST, job="run-1")
    page.number_input(key=CPU_FIELD).set_value(1.0).run()
    page.query_params["job"] = "run-2"
    page.run()
    page.number_input(key=GPU_FIELD).set_value(4.0).run()
    cost = next(card for card in page.metric if card.label == "Cost per run")
    assert cost.delta == "+100 % worse"


@pytest.mark.usefixtures("two_devices")
def test_the_history_reckons_with_the_edited_price() -> None:
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=20)
    page.query_params["job"] = "run-1"
    page.session_state["result_tabs"] = "Cost"
    page.run()
    page.number_input(key=CPU_FIELD).set_value(7.25).run()
    page.switch_page("pages/history.py").run()
    page.query_params["run"] = "run-1"
    page.session_state["run_json"] = True
    page.run()
    assert cost_in_json(page) == 7.25
    page.query_params["run"] = "run-2"
    page.run()
    assert cost_in_json(page) > 1
    assert cost_in_json(page) != 7.25


@pytest.mark.usefixtures("two_devices")
def test_each_exported_run_has_its_own_price(open_page: OpenPage) -> None:
    open_page("history")
    ids = ["run-1", "run-2"]
    runs = json.loads("".join(history_actions.json_parts(History(), ids, two_prices)))
    assert [run["cost"]["usd_per_hour"] for run in runs] == [0.5, 4.0]
    text = "".join(history_actions.csv_parts(History(), ids, two_prices))
    lines = csv.DictReader(io.StringIO(text))
    cpu, gpu = (float(line["usd_per_run"]) for line in lines)
    assert gpu / cpu == pytest.approx(4.0)


@pytest.mark.usefixtures("two_devices")
def test_the_table_of_prices_is_named_with_its_date(open_page: OpenPage) -> None:
    said = texts(open_page("explore", COST, job="run-1"))
    assert "The price table has for this device $" in said
