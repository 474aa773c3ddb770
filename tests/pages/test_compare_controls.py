"""Compare, A/B: setting two sides up, what they share, and what stops them."""

import pytest

from core.jobs.manager import JobManager
from pages.widgets.compare import pair_state
from tests.pages.conftest import OpenPage, texts
from tests.samples import a_result, a_spec


def key(side: str, field: str) -> str:
    return pair_state.key_of(side, field)


def test_both_sides_begin_alike_and_that_is_said(open_page: OpenPage) -> None:
    page = open_page("compare")
    assert "A and B are the same. That tests the method" in texts(page)
    assert not page.button(key="start_pair").disabled
    assert page.selectbox(key=key("a", "precision")).value == "fp32"


def test_a_lever_of_b_changes_b_alone(open_page: OpenPage) -> None:
    page = open_page("compare")
    page.selectbox(key=key("b", "precision")).set_value("nf4").run()
    assert "B changes Precision: nf4 for fp32." in texts(page)
    assert page.selectbox(key=key("a", "precision")).value == "fp32"
    page.button(key="copy_a").click().run()
    assert "A and B are the same" in texts(page)


def test_levers_without_meaning_are_left_out_until_they_have_one(open_page: OpenPage) -> None:
    page = open_page("compare")
    keys = [box.key for box in page.selectbox]
    assert not {key("b", "compile_mode"), key("b", "draft_model"), key("b", "weights")} & {*keys}
    page.selectbox(key=key("b", "compile")).set_value("per_block").run()
    keys = [box.key for box in page.selectbox]
    assert key("b", "compile_mode") in keys
    assert key("a", "compile_mode") not in keys


def test_what_cannot_run_here_is_marked_and_waits_with_the_reason(open_page: OpenPage) -> None:
    page = open_page("compare")
    attention = page.selectbox(key=key("b", "attention"))
    assert "sdpa: cuDNN ✕ not possible" in attention.options
    attention.set_value("sdpa_cudnn").run()
    assert "Start waits until this is mended: Attention." in texts(page)
    assert page.button(key="start_pair").disabled


def test_the_question_is_shared(open_page: OpenPage) -> None:
    page = open_page("compare")
    page.number_input(key=pair_state.shared_key("max_new_tokens")).set_value(8).run()
    assert texts(page).count("8 new tokens") == 2
    page.text_area(key=pair_state.shared_key("prompt")).set_value("  ").run()
    assert page.button(key="start_pair").disabled


def test_a_stored_run_is_what_both_begin_as(open_page: OpenPage, jobs: JobManager) -> None:
    spec = a_spec(precision="nf4", prompt_tokens=64, batch_size=4, max_new_tokens=16)
    jobs.history.finish(a_result("run-1", spec))
    page = open_page("compare", a="run-1")
    assert page.selectbox(key=pair_state.SOURCE).value == "run-1"
    assert texts(page).count("nf4 · sdpa · batch 4 · 16 new tokens") == 2
    assert page.number_input(key=pair_state.shared_key("prompt_tokens")).value == 64
    assert page.number_input(key=key("b", "batch_size")).value == 4


def test_another_stored_run_can_be_chosen_and_becomes_the_url(
    open_page: OpenPage, jobs: JobManager
) -> None:
    jobs.history.finish(a_result("run-1", a_spec(precision="bf16")))
    page = open_page("compare")
    page.selectbox(key=pair_state.SOURCE).set_value("run-1").run()
    assert page.query_params["a"] in ("run-1", ["run-1"])
    assert texts(page).count("bf16 · sdpa") == 2
    page.selectbox(key=pair_state.SOURCE).set_value(pair_state.NOTHING).run()
    assert "a" not in page.query_params
    assert texts(page).count("fp32 · sdpa") == 2


@pytest.mark.parametrize("run_id", ["nobody", "<script>", "../../etc"])
def test_a_run_that_is_not_there_is_said_and_the_defaults_stand(
    open_page: OpenPage, run_id: str
) -> None:
    page = open_page("compare", a=run_id)
    assert f"There is no run {run_id} in this history." in texts(page)
    assert not page.button(key="start_pair").disabled


def test_mixed_lengths_are_those_of_the_stored_run_and_no_others(
    open_page: OpenPage, jobs: JobManager
) -> None:
    mixed = a_spec(prompt_tokens=64, batch_size=4, shortest_prompt_tokens=8)
    jobs.history.finish(a_result("run-1", mixed))
    open_page("compare", a="run-1")
    assert texts(open_page("compare", a="run-1")).count("of mixed lengths") == 2
    plain = open_page("compare")
    plain.number_input(key=key("b", "batch_size")).set_value(4).run()
    assert "of mixed lengths" not in texts(plain)


def test_the_estimate_is_of_both_and_of_all_pairs(open_page: OpenPage) -> None:
    page = open_page("compare")
    assert "Both loaded at once need about" in texts(page)
    assert "for all 60 pairs; less if decided early" in texts(page)
    page.number_input(key=pair_state.PAIRS).set_value(6).run()
    assert "for all 6 pairs" in texts(page)
