"""A stored load test on the page: what it tells, whether it can go on, and its load as controls."""

import pytest

from core.experiments.batching.load_tests import LoadTests
from core.jobs.manager import JobManager
from core.variants.load import build_load
from pages.widgets import state
from pages.widgets.batching import batching_state
from tests.experiments.batching.load_testing import a_request
from tests.pages.conftest import FAULT, OpenPage, texts

pytestmark = pytest.mark.usefixtures("bundled_model")
TRACE = "arrival_s,prompt_tokens,output_tokens\n0,20,4\n1.5,30,8\n4,25,6\n"


@pytest.fixture
def tests(jobs: JobManager) -> LoadTests:  # noqa: ARG001 - the page's own manager
    return batching_state.load_tests()


def test_a_load_that_was_served_at_two_rates_is_told_apart(
    open_page: OpenPage, tests: LoadTests
) -> None:
    request = a_request(rates=(0.3, 0.5), repeats=2)
    key = tests.start(request, state.environment())
    assert tests.wait(key, 20)
    page = open_page("batching", {"load_shown_rate": 9.0}, load=key)
    told = texts(page)
    assert "20 requests, poisson, at 0.300 and 0.500 requests/s" in told
    assert "8 of 8 figures" in told
    labels = [f"window 4, 0.5 s at {rate} requests/s" for rate in ("0.300", "0.500")]
    assert list(page.dataframe[0].value["Requests/s"]) == ["0.300"] * 4 + ["0.500"] * 4
    assert f"for {labels[0]}" in told
    assert f"for {labels[1]}" not in told
    over_time = texts(open_page("batching", load=key, plots="time"))
    assert "**Measured, first of 2 repeats.**" in over_time
    page.segmented_control(key="load_shown_rate").set_value(0.5).run()
    assert f"for {labels[1]}" in texts(page)
    page.button(key="load_again").click().run()
    assert page.number_input(key="load_rate_per_s").value == 0.3


def test_what_would_be_refused_again_cannot_be_resumed(
    open_page: OpenPage, tests: LoadTests
) -> None:
    key = tests.start(a_request(rates=(0.01,), most_s=100.0), state.environment())
    assert tests.wait(key, 20)
    page = open_page("batching", load=key)
    assert "serving all of it would take" in texts(page)
    assert "load_resume" not in [button.key for button in page.button]


@pytest.mark.parametrize(
    ("load", "fields"),
    [
        (
            {"trace": TRACE, "duration_s": 3.0},
            {"trace_duration_s": 3.0, "trace_requests": None},
        ),
        (
            {"arrivals": "bursts", "burst_size": 3, "on_s": 5.0, "off_s": 7.0, "requests": 20},
            {"burst_size": 3, "on_s": 5.0, "off_s": 7.0},
        ),
    ],
)
def test_the_controls_ask_for_the_very_load_that_was_opened(
    open_page: OpenPage, tests: LoadTests, load: dict[str, object], fields: dict[str, object]
) -> None:
    request = a_request(load=build_load(load), measured=(), rates=())
    key = tests.start(request, state.environment())
    assert tests.wait(key, 20)
    page = open_page("batching", load=key)
    page.button(key="load_again").click().run()
    assert FAULT not in texts(page)
    for field, number in fields.items():
        assert page.number_input(key=f"load_{field}").value == number
    page.button(key="load_calibrate").click().run()
    again = tests.get(page.query_params["steps"], state.environment())
    assert again is not None
    assert again.request.load == request.load
    assert tests.wait(page.query_params["steps"], 20)
