"""The Batching page: a load is described, foretold, measured, and held against its simulation."""

import pytest
from streamlit.testing.v1 import AppTest

from core.experiments.batching.load_request import LONGEST_S
from core.experiments.batching.load_tests import LoadTests
from core.jobs.manager import JobManager
from core.results.measured import Phase
from core.variants.policy import PolicyKind
from pages.widgets.batching import batching_state
from tests.fake_executor import FakeExecutor
from tests.jobs.waiting import until
from tests.pages.conftest import FAULT, OpenPage, texts

pytestmark = pytest.mark.usefixtures("bundled_model")
FEW = (PolicyKind.STATIC, PolicyKind.WINDOW)


@pytest.fixture
def tests(jobs: JobManager) -> LoadTests:  # noqa: ARG001 - the page's own manager
    return batching_state.load_tests()


def calibrated(open_page: OpenPage, tests: LoadTests, *kinds: PolicyKind) -> AppTest:
    """The page once the steps are measured, of these policies or of two."""
    page = open_page("batching")
    for kind in PolicyKind:
        page.checkbox(key=f"load_{kind}_on").set_value(kind in (kinds or FEW))
    page.run()
    page.button(key="load_calibrate").click().run()
    assert tests.wait(page.query_params["steps"], 20)
    return page.run()


def measured(page: AppTest, tests: LoadTests) -> AppTest:
    """The load test that is opened by Measure, once it is over."""
    page.button(key="load_measure").click().run()
    assert tests.wait(page.query_params["load"], 20)
    return page.run()


def fill(page: AppTest, **numbers: float) -> AppTest:
    for field, number in numbers.items():
        page.number_input(key=f"load_{field}").set_value(number)
    return page.run()


def test_nothing_is_simulated_before_steps_are_measured(open_page: OpenPage) -> None:
    page = open_page("batching")
    assert "have not been measured with this variant yet" in texts(page)
    assert "What to expect" not in texts(page)
    assert "At least about 60 s after loading, over batches up to 8" in texts(page)
    assert not page.dataframe
    assert page.number_input(key="load_most_minutes").max == LONGEST_S / 60


def test_calibrating_can_be_watched_after_a_reload_and_stopped(
    open_page: OpenPage, executor: FakeExecutor, tests: LoadTests
) -> None:
    executor.hold = Phase.MEASURING
    page = open_page("batching")
    page.button(key="load_calibrate").click().run()
    key = page.query_params["steps"]
    until(lambda: executor.started)
    again = open_page("batching", steps=key)
    assert "Measuring 1 of 1" in texts(again)
    again.button(key=f"stop_{key}").click().run()
    assert tests.wait(key, 20)
    again.run()
    assert "It was stopped." in texts(again)
    assert not again.button(key="load_calibrate").disabled


def test_what_to_expect_is_told_and_labelled_as_simulated(
    open_page: OpenPage, tests: LoadTests
) -> None:
    page = calibrated(open_page, tests, *PolicyKind)
    assert "Measured here with this variant on" in texts(page)
    assert "Nothing was run for it" in texts(page)
    table = page.dataframe[0].value
    assert list(table["Policy"]) == [
        "one at a time", "static 8", "window 8, 0.5 s", "grouped 8, 0.5 s", "continuous 8",
    ]  # fmt: skip
    assert (table["End-to-end p50"] != "–").all()
    assert table["Can serve"].str.endswith("/s").all()
    assert "The knee (◆) is the highest rate" in texts(page)


def test_the_slider_is_the_loads_rate(open_page: OpenPage, tests: LoadTests) -> None:
    page = calibrated(open_page, tests)
    slider = page.select_slider(key="load_rate_slider")
    before = page.dataframe[0].value["End-to-end p50"]
    last = float(slider.options[-1])
    slider.set_value(last).run()
    assert page.number_input(key="load_rate_per_s").value == last
    assert (page.dataframe[0].value["End-to-end p50"] != before).any()
    assert "are more than any of these policies can serve" in texts(page)


def test_a_load_that_cannot_be_served_is_refused_before_it_is_measured(
    open_page: OpenPage, tests: LoadTests
) -> None:
    page = fill(calibrated(open_page, tests), rate_per_s=500.0)
    assert page.button(key="load_measure").disabled
    told = texts(page)
    assert "More comes than can be served" in told
    assert "static 8: below" in told
    assert "rate_per_s" not in told
    page.toggle(key="load_overloads").set_value(True).run()
    assert not page.button(key="load_measure").disabled


def test_a_policy_that_is_not_ticked_is_not_there(open_page: OpenPage, tests: LoadTests) -> None:
    page = calibrated(open_page, tests)
    page.checkbox(key="load_static_on").set_value(False).run()
    assert list(page.dataframe[0].value["Policy"]) == ["window 8, 0.5 s"]
    page.checkbox(key="load_window_on").set_value(False).run()
    assert "Choose at least one policy." in texts(page)
    assert page.button(key="load_measure").disabled


def test_measured_and_simulated_stand_side_by_side(open_page: OpenPage, tests: LoadTests) -> None:
    page = fill(calibrated(open_page, tests), requests=20, rate_per_s=0.3)
    assert "in all, by the simulation: static 8" in texts(page)
    page = measured(page, tests)
    assert "4 of 4 figures of throughput and median end-to-end time" in texts(page)
    table = page.dataframe[0].value
    promised = table[table["Figure"].isin(["Throughput", "End-to-end p50"])]
    assert len(promised) == 4
    assert set(promised["Within 20 %"]) == {"yes"}
    every = page.dataframe[1].value
    assert set(every[every["Figure"] == "Batch"]["Within 20 %"]) == {"–"}


def test_a_load_test_is_watched_stopped_resumed_and_listed(
    open_page: OpenPage, executor: FakeExecutor, tests: LoadTests
) -> None:
    page = fill(calibrated(open_page, tests), requests=20, rate_per_s=0.3)
    executor.hold = Phase.MEASURING
    page.button(key="load_measure").click().run()
    key = page.query_params["load"]
    until(lambda: len(executor.started) == 2)
    page.run()
    assert any("Measuring" in line.value and "static 8" in line.value for line in page.caption)
    assert "Something is being measured on this machine" in texts(open_page("batching"))
    page.button(key=f"stop_{key}").click().run()
    assert tests.wait(key, 20)
    page.run()
    executor.release()
    page.button(key="load_resume").click().run()
    assert tests.wait(key, 20)
    page.run()
    assert "4 of 4 figures" in texts(page)
    page.button(key="load_new").click().run()
    page.button(key=f"open_{key}").click().run()
    assert "4 of 4 figures" in texts(page)


def test_the_controls_are_set_to_an_opened_load(open_page: OpenPage, tests: LoadTests) -> None:
    page = fill(calibrated(open_page, tests), requests=22, rate_per_s=0.3)
    key = measured(page, tests).query_params["load"]
    other = open_page("batching", load=key)
    other.button(key="load_again").click().run()
    assert FAULT not in texts(other)
    assert other.number_input(key="load_requests").value == 22
    assert other.number_input(key="load_rate_per_s").value == 0.3


def test_an_unknown_load_test_is_told(open_page: OpenPage) -> None:
    assert "There is no load test nothing" in texts(open_page("batching", load="nothing"))


def test_what_the_variant_cannot_do_here_closes_both_buttons(open_page: OpenPage) -> None:
    page = open_page("batching", {"load_variant": True})
    page.button(key="compile_per_block").click().run()
    assert "would be compiled anew" in texts(page)
    assert page.button(key="load_calibrate").disabled
    assert page.button(key="load_measure").disabled


def test_the_variants_controls_are_drawn_where_their_box_is_open(open_page: OpenPage) -> None:
    page = open_page("batching", precision="bf16")
    assert not any(button.key == "precision_bf16" for button in page.button)
    assert any("bf16" in box.label for box in page.expander)
    page.session_state["load_variant"] = True
    assert page.run().button(key="precision_bf16").proto.type == "primary"
