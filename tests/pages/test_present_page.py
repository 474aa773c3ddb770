"""Present: the amount in large type, its controls and its link, and what it refuses to show."""

import pytest
from streamlit.testing.v1 import AppTest

from core.jobs.manager import JobManager
from core.results.types import Grade, Trust
from tests.pages.conftest import ROOT, OpenPage, metrics, texts
from tests.sample_machines import a_run_environment
from tests.samples import a_failure, a_result, a_spec


@pytest.fixture
def filled(jobs: JobManager) -> JobManager:
    """A baseline, two cheaper runs and one that was asked something else."""
    for minute, (run_id, values, e2e_s) in enumerate(
        (
            ("run-fp32", {}, 2.0),
            ("run-nf4", {"precision": "nf4"}, 1.0),
            ("run-fp16", {"precision": "fp16"}, 1.96),
            ("run-short", {"max_new_tokens": 8}, 0.5),
        )
    ):
        jobs.history.finish(a_result(run_id, a_spec(**values), e2e_s=e2e_s, minute=minute))
    jobs.history.finish(a_failure("run-bad", minute=9))
    return jobs


def figure(page: object) -> str:
    (found,) = page.header  # type: ignore[attr-defined]
    return str(found.value).replace("\\", "")


def test_without_runs_it_says_what_is_needed(open_page: OpenPage) -> None:
    page = open_page("present")
    assert "Two runs of the same prompt are needed" in texts(page)
    assert "from" not in page.query_params


@pytest.mark.usefixtures("filled")
def test_the_cheapest_is_set_against_the_baseline_and_linked(open_page: OpenPage) -> None:
    page = open_page("present")
    assert figure(page) == "$28.00"
    assert "fp32 · sdpa → nf4 · sdpa" in texts(page)
    assert "Chosen for you: the cheapest of 2" in texts(page)
    assert metrics(page) == {"Speed": "2.00× as fast", "Quality": "2.0 % worse", "Trust": "A"}
    assert "Quality is a part of the price: it is 2.0 % worse" in texts(page)
    assert dict(page.query_params) == {
        "from": "run-fp32",
        "to": "run-nf4",
        "requests": "1000000",
    }
    assert "--from run-fp32 --to run-nf4" in page.code[0].value


@pytest.mark.usefixtures("filled")
def test_a_link_shows_what_it_says(open_page: OpenPage) -> None:
    link = {
        "from": "run-nf4", "to": "run-fp32", "requests": "3600000", "paid": "all-month",
        "price": "1.5", "utilisation": "0.5",
    }  # fmt: skip
    page = open_page("present", **link)
    assert figure(page) == "$3,285 more"  # 3 machines of 730 h at $1.50
    assert dict(page.query_params) == {**link, "price": "1.5@cpu"}
    assert figure(open_page("present", **dict(page.query_params))) == figure(page)


@pytest.mark.usefixtures("filled")
def test_the_volume_price_and_payment_are_a_persons(open_page: OpenPage) -> None:
    page = open_page("present")
    page.number_input(key="present_requests").set_value(2_000_000).run()
    assert figure(page) == "$56.00"
    page.number_input(key="price_per_hour_cpu").set_value(1.0).run()
    assert figure(page) == "$556"
    page.segmented_control(key="present_paid").set_value("all-month").run()
    assert figure(page) == "$730"
    assert dict(page.query_params) == {
        "from": "run-fp32", "to": "run-nf4", "requests": "2000000", "paid": "all-month",
        "price": "1@cpu",
    }  # fmt: skip


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("requests", [0, -5, 10**12 + 1])
def test_a_number_that_is_none_names_the_field(open_page: OpenPage, requests: int) -> None:
    page = open_page("present")
    page.number_input(key="present_requests").set_value(requests).run()
    assert "requests_per_month" in texts(page)
    assert "whole numbers from 1 to 1,000,000,000,000" in texts(page)
    assert not page.header


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("link", "words"),
    [
        ({"requests": "many"}, "requests: 'many'"),
        ({"paid": "never"}, "Valid: by-second, all-month"),
        ({"utilisation": "2"}, "above 0 and up to 1"),
        ({"price": "![x](http://a.b/c.png)"}, "price: '![x]("),
        ({"request": "5"}, "Nearest: requests"),
    ],
)
def test_what_is_wrong_with_a_link_is_said_and_the_rest_is_shown(
    open_page: OpenPage, link: dict[str, str], words: str
) -> None:
    page = open_page("present", **link)
    assert words in texts(page)
    assert not any("![x](" in part.value for part in page.warning)
    assert figure(page) == "$28.00"


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(("name", "value"), [("from", "no-run"), ("to", "run-bad")])
def test_a_run_that_is_not_there_is_named(open_page: OpenPage, name: str, value: str) -> None:
    page = open_page("present", **{name: value})
    assert f"{name}: '{value}'" in texts(page)
    assert not page.header


@pytest.mark.usefixtures("filled")
def test_unlike_runs_are_refused_with_the_reason(open_page: OpenPage) -> None:
    page = open_page("present", **{"from": "run-fp32", "to": "run-short"})
    assert figure(page) == "Not comparable"
    assert "asked different things" in texts(page)
    assert not page.get("download_button")


@pytest.mark.usefixtures("filled")
def test_what_overlaps_is_no_number(open_page: OpenPage) -> None:
    page = open_page("present", **{"from": "run-fp32", "to": "run-fp16"})
    assert figure(page) == "No saving can be told"
    assert page.get("download_button")


@pytest.mark.usefixtures("filled")
def test_today_alone_shows_its_cost(open_page: OpenPage) -> None:
    page = open_page("present", **{"from": "run-fp32", "to": "none"})
    assert figure(page) == "$56.00"
    assert "Costs per month" in texts(page)
    assert metrics(page) == {"Trust": "A"}


@pytest.mark.usefixtures("filled")
def test_another_baseline_proposes_anew(open_page: OpenPage) -> None:
    page = open_page("present")
    page.selectbox(key="present_from").set_value("run-short").run()
    assert "No other measured run can be compared with it" in texts(page)
    assert "Costs per month" in texts(page)


def test_a_servers_price_is_asked_for(jobs: JobManager, open_page: OpenPage) -> None:
    served = a_run_environment().model_copy(update={"device_name": "endpoint example.org"})
    jobs.history.finish(a_result("run-a", a_spec(), environment=served))
    jobs.history.finish(a_result("run-b", a_spec(batch_size=4), environment=served, minute=1))
    page = open_page("present")
    assert figure(page) == "–"
    assert "Enter what it costs per hour" in texts(page)


def test_a_low_grade_is_in_sight(jobs: JobManager, open_page: OpenPage) -> None:
    low = Trust(grade=Grade.C, reasons=("1 recompile while timed.",))
    jobs.history.finish(a_result("run-a", a_spec()))
    jobs.history.finish(a_result("run-b", a_spec(precision="nf4"), e2e_s=1.0, trust=low))
    page = open_page("present")
    assert "None of grade A or B" in texts(page)
    assert "trust grade C: 1 recompile while timed" in texts(page)


@pytest.mark.usefixtures("filled")
def test_what_a_person_set_is_still_there_after_another_page() -> None:
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=20).run()
    page.switch_page("pages/present.py").run()
    page.number_input(key="present_requests").set_value(2_000_000).run()
    page.selectbox(key="present_to").set_value("run-fp16").run()
    page.switch_page("pages/methodology.py").run()
    page.switch_page("pages/present.py").run()
    assert page.number_input(key="present_requests").value == 2_000_000
    assert page.selectbox(key="present_to").value == "run-fp16"
    assert dict(page.query_params) == {"from": "run-fp32", "to": "run-fp16", "requests": "2000000"}


@pytest.mark.usefixtures("filled")
def test_a_link_to_today_alone_chooses_the_other_anew(open_page: OpenPage) -> None:
    page = open_page("present", **{"from": "run-nf4"})
    assert dict(page.query_params)["to"] == "run-fp16"


@pytest.mark.usefixtures("filled")
def test_what_is_typed_beside_a_refused_number_is_in_the_link(open_page: OpenPage) -> None:
    page = open_page("present")
    page.number_input(key="present_utilisation").set_value(2.0).run()
    page.number_input(key="present_requests").set_value(77).run()
    assert not page.header
    assert page.query_params["requests"] == "77"
