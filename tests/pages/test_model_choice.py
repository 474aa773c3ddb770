"""Explore's model: the catalogue with its facts, and weights that can be had or are random."""

import pytest

from core.jobs.manager import JobManager
from core.variants import hub
from tests.pages.conftest import OpenPage, in_tab, measured, texts


def test_the_menu_tells_parameters_and_licence(open_page: OpenPage) -> None:
    options = open_page("explore").selectbox(key="model").options
    assert "SmolLM2-135M-Instruct (bundled) · 135 M · Apache-2.0" in options
    assert "GPT-2 XL · 1.6 B · MIT" in options
    assert len(options) >= 13


def test_another_model_has_the_weights_that_can_be_had(open_page: OpenPage) -> None:
    page = open_page("explore")
    assert not page.button(key="weights_trained").disabled
    page.selectbox(key="model").set_value("gpt2").run()
    assert page.session_state["weights"] == "random"
    assert page.button(key="weights_trained").disabled
    assert "trained: The trained weights of openai-community/gpt2 are not on" in texts(page)
    assert "Random weights, which are written at the first run." in texts(page)
    assert "607a30d783dfa663caf39e06633721c8d4cfcd7e" in texts(page)
    assert "Licence: MIT" in texts(page)
    assert not page.button(key="run").disabled
    page.selectbox(key="model").set_value("smollm2-135m").run()
    assert page.session_state["weights"] == "trained"


def test_a_hub_in_reach_opens_trained_weights(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "hub_in_reach", lambda: True)
    page = open_page("explore")
    page.selectbox(key="model").set_value("qwen3-8b").run()
    assert page.session_state["weights"] == "trained"
    assert "It is downloaded at the first run." in texts(page)
    page.text_input(key="revision").set_value("v1").run()
    assert "Revision v1 of Qwen/Qwen3-8B" in texts(page)


def test_a_revision_of_what_has_none_is_told_at_its_field(open_page: OpenPage) -> None:
    page = open_page("explore")
    page.text_input(key="revision").set_value("main").run()
    assert "only models from a hub have revisions" in texts(page)
    assert page.button(key="run").disabled
    page.text_input(key="revision").set_value("").run()
    assert not page.button(key="run").disabled


def test_a_run_with_random_weights_is_marked_and_shows_no_text(
    open_page: OpenPage, jobs: JobManager
) -> None:
    page = open_page("explore")
    page.selectbox(key="model").set_value("gpt2").run()
    page.button(key="run").click().run()
    (row,) = jobs.history.rows()
    assert measured(jobs, row.run_id).spec.variant.weights == "random"
    assert row.weights == "random"
    page.run()
    assert "gpt2 · fp32 · sdpa · random weights" in texts(page)
    assert "No quality: random weights have no quality" in texts(page)
    in_tab(page, "Text")
    assert "the text is neither shown nor stored" in texts(page)
    assert " dog" not in [code.value for code in page.code]
