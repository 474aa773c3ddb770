"""The controls of a load: nothing that was typed is lost, and what is wrong stands under it."""

import pytest

from pages.widgets.batching.trace_input import understood_as
from tests.pages.conftest import OpenPage, texts

pytestmark = pytest.mark.usefixtures("bundled_model", "jobs")
TRACE = "arrival_s,prompt_tokens,output_tokens\n0,20,4\n1.5,30,8\n4,25,6\n"
BROKEN = "arrival_s,prompt_tokens\n0,20\nsoon,30\n2,-4\n"


def test_a_bad_number_stays_as_typed_and_is_told(open_page: OpenPage) -> None:
    page = open_page("batching")
    page.number_input(key="load_rate_per_s").set_value(-1.0)
    page.number_input(key="load_seed").set_value(-5).run()
    assert page.number_input(key="load_rate_per_s").value == -1.0
    assert "Requests per second: it must be a number above 0" in texts(page)
    assert "Calibrate waits until this is mended: Requests per second, Seed." in texts(page)
    assert page.button(key="load_measure").disabled


def test_bursts_have_fields_of_their_own(open_page: OpenPage) -> None:
    page = open_page("batching")
    page.segmented_control(key="load_arrivals").set_value("bursts").run()
    page.number_input(key="load_burst_size").set_value(6).run()
    page.segmented_control(key="load_bursts").set_value("periods with pauses").run()
    assert page.number_input(key="load_on_s").value == 10.0
    page.segmented_control(key="load_bursts").set_value("several at once").run()
    assert page.number_input(key="load_burst_size").value == 6
    assert not page.button(key="load_calibrate").disabled


def test_a_broken_trace_is_named_by_line_and_stays(open_page: OpenPage) -> None:
    page = open_page("batching")
    page.segmented_control(key="load_arrivals").set_value("trace").run()
    assert "Trace" in texts(page)
    page.text_area(key="load_trace").set_value(BROKEN).run()
    told = texts(page)
    assert "line 3" in told
    assert "line 4" in told
    assert page.text_area(key="load_trace").value == BROKEN
    assert page.button(key="load_calibrate").disabled
    page.segmented_control(key="load_arrivals").set_value("poisson").run()
    assert not page.button(key="load_calibrate").disabled
    page.segmented_control(key="load_arrivals").set_value("trace").run()
    assert page.text_area(key="load_trace").value == BROKEN


def test_a_trace_says_how_it_is_read_and_brings_its_lengths(open_page: OpenPage) -> None:
    page = open_page("batching")
    page.segmented_control(key="load_arrivals").set_value("trace").run()
    page.text_area(key="load_trace").set_value(TRACE).run()
    assert "3 requests over 4.00 s, 0.500 per second." in texts(page)
    assert page.selectbox(key="load_prompt_kind").value == "trace"
    assert "over batches up to 8 and up to 38 tokens" in texts(page)
    page.number_input(key="load_trace_requests").set_value(9).run()
    assert "the trace has no more rows" in texts(page)


def test_a_trace_without_lengths_asks_for_them(open_page: OpenPage) -> None:
    page = open_page("batching")
    page.segmented_control(key="load_arrivals").set_value("trace").run()
    page.text_area(key="load_trace").set_value("arrival_s\n0\n1\n").run()
    assert "Prompt tokens: the trace has no column prompt_tokens" in texts(page)
    page.selectbox(key="load_prompt_kind").set_value("fixed")
    page.selectbox(key="load_output_kind").set_value("geometric").run()
    assert not page.button(key="load_calibrate").disabled


@pytest.mark.parametrize(
    ("kind", "part", "first"),
    [("fixed", "mean", 64), ("lognormal", "spread", 0.5), ("geometric", "mean", 64.0)],
)
def test_each_kind_of_lengths_keeps_its_numbers(
    open_page: OpenPage, kind: str, part: str, first: float
) -> None:
    page = open_page("batching")
    page.selectbox(key="load_prompt_kind").set_value(kind).run()
    field = page.number_input(key=f"load_prompt_{kind}_{part}")
    assert field.value == first
    field.set_value(3).run()
    page.selectbox(key="load_prompt_kind").set_value("uniform").run()
    page.selectbox(key="load_prompt_kind").set_value(kind).run()
    assert page.number_input(key=f"load_prompt_{kind}_{part}").value == 3


def test_an_objective_may_be_left_out(open_page: OpenPage) -> None:
    page = open_page("batching")
    page.number_input(key="load_ttft_s").set_value(None).run()
    assert not page.button(key="load_calibrate").disabled


def test_rows_that_are_out_of_order_are_told() -> None:
    assert "sorted by arrival" in understood_as("arrival_s\n2\n0\n")
