"""Explore before a run: defaults, closed choices, and what is wrong with a field."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.jobs.manager import JobManager
from pages.widgets import state
from tests.pages.conftest import OpenPage, is_open, texts
from tests.samples import a_cpu, an_environment


def test_it_opens_with_the_bundled_model_ready_to_run(open_page: OpenPage) -> None:
    page = open_page("explore")
    assert page.selectbox(key="model").value == "smollm2-135m"
    assert page.number_input(key="batch_size").value == 1
    assert not page.button(key="run").disabled
    assert "Fits: needs about" in texts(page)
    assert "weights 538 MB" in texts(page)
    assert "rough: nothing of these levers has been measured here yet" in texts(page)


def test_a_choice_that_cannot_work_here_is_closed_with_the_reason_in_sight(
    open_page: OpenPage,
) -> None:
    page = open_page("explore")
    assert page.button(key="attention_flash_attention_2").disabled
    assert not page.button(key="attention_eager").disabled
    assert "Needs an NVIDIA GPU" in texts(page)


def test_a_missing_package_closes_its_choices_and_names_the_command(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = an_environment(a_cpu(), packages=("torch", "transformers"))
    monkeypatch.setattr(state, "read_environment", lambda: bare)
    page = open_page("explore")
    assert page.button(key="precision_int8").disabled
    assert page.button(key="precision_nf4").disabled
    assert "The package bitsandbytes is not installed" in texts(page)
    assert "pip install bitsandbytes" in texts(page)


def test_a_chosen_value_that_became_impossible_stays_and_stops_run(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_page("explore")
    page.button(key="precision_nf4").click().run()
    bare = an_environment(a_cpu(), packages=("torch", "transformers"))
    monkeypatch.setattr(state, "environment", lambda: bare)
    page.run()
    assert page.session_state["precision"] == "nf4"
    assert page.button(key="run").disabled
    assert "bitsandbytes is not installed" in texts(page)


def test_a_lever_is_chosen_by_its_button(open_page: OpenPage, jobs: JobManager) -> None:
    page = open_page("explore")
    for key in ("precision_nf4", "attention_eager", "kv_cache_off"):
        page.button(key=key).click().run()
    page.number_input(key="batch_size").set_value(4).run()
    page.button(key="run").click().run()
    (row,) = jobs.history.rows()
    assert (row.precision, row.attention, row.kv_cache, row.batch_size) == (
        "nf4", "eager", "off", 4,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("batch_size", 0, "whole numbers from 1 to 4096"),
        ("batch_size", 10**9, "whole numbers from 1 to 4096"),
        ("max_new_tokens", 0, "whole numbers from 1 to"),
        ("max_new_tokens", 9000, "exceed the context of 8192"),
        ("repeats", -1, "whole numbers from 1 to 1000"),
    ],
)
def test_a_number_out_of_range_is_told_at_its_field_and_kept(
    open_page: OpenPage, field: str, value: int, words: str
) -> None:
    page = open_page("explore")
    page.number_input(key=field).set_value(value).run()
    assert page.number_input(key=field).value == value
    assert words in texts(page)
    assert page.button(key="run").disabled


def test_an_empty_prompt_is_told(open_page: OpenPage) -> None:
    page = open_page("explore")
    page.text_area(key="prompt").set_value("   ").run()
    assert "the prompt is empty" in texts(page)
    assert page.button(key="run").disabled


def with_model(open_page: OpenPage, model: str) -> AppTest:
    """A session in which that model was typed: the harness cannot type into a select box."""
    first = state.first_values()
    kept = {state.PROMPT_KIND: state.TEXT, state.MIXED: False, state.FIRST_VALUES: first}
    return open_page("explore", session={**first, **kept, "model": model})


def test_an_unknown_model_lists_the_known_ones(open_page: OpenPage) -> None:
    page = with_model(open_page, "gpt-17")
    assert page.selectbox(key="model").value == "gpt-17"
    assert "there is no such model or folder. Valid: smollm2-135m" in texts(page)
    assert page.button(key="run").disabled


def test_a_folder_with_a_pickle_is_refused_with_the_reason(
    open_page: OpenPage, tmp_path: Path
) -> None:
    (tmp_path / "pytorch_model.bin").write_bytes(b"")
    page = with_model(open_page, str(tmp_path))
    assert "may be a pickle" in texts(page)
    assert page.button(key="run").disabled


def test_what_cannot_fit_is_said_before_it_runs(open_page: OpenPage) -> None:
    page = open_page("explore")
    page.number_input(key="batch_size").set_value(4096).run()
    page.number_input(key="max_new_tokens").set_value(8000).run()
    assert "Will not fit" in texts(page)


def test_synthetic_tokens_take_the_place_of_the_text(open_page: OpenPage, jobs: JobManager) -> None:
    page = open_page("explore")
    page.session_state[state.PROMPT_KIND] = state.SYNTHETIC
    page.run()
    page.number_input(key="prompt_tokens").set_value(64).run()
    page.button(key="run").click().run()
    (row,) = jobs.history.rows()
    assert row.prompt == "64 synthetic tokens"


def test_an_emptied_number_shows_its_first_value_again(open_page: OpenPage) -> None:
    page = open_page("explore")
    page.number_input(key="batch_size").set_value(4).run()
    page.number_input(key="batch_size").set_value(None).run()
    assert page.number_input(key="batch_size").value == 1
    assert not page.button(key="run").disabled


def test_a_fault_among_the_further_settings_opens_them(open_page: OpenPage) -> None:
    page = open_page("explore")
    assert not is_open(page, "More settings")
    page.number_input(key="seed").set_value(-1).run()
    assert is_open(page, "More settings")
    assert "Seed: " in texts(page)


def test_two_faults_are_told_together_and_go_one_by_one(open_page: OpenPage) -> None:
    page = open_page("explore")
    page.number_input(key="batch_size").set_value(0).run()
    page.text_area(key="prompt").set_value("").run()
    assert "Run waits until this is mended: Batch size, Prompt." in texts(page)
    page.number_input(key="batch_size").set_value(1).run()
    assert "Run waits until this is mended: Prompt." in texts(page)
    page.text_area(key="prompt").set_value("Once").run()
    assert "Run waits" not in texts(page)
    assert not page.button(key="run").disabled


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"model.safetensors": None}, "it has no .safetensors weights"),
        (
            {
                "modeling_x.py": "",
            },
            "modeling_x.py is custom code",
        ),
        ({"config.json": '{"auto_map": {"AutoModel": "x.X"}}'}, "custom code (auto_map)"),
        ({"config.json": "no JSON"}, "config.json cannot be read"),
    ],
)
def test_a_folder_that_is_no_safe_model_is_refused(
    open_page: OpenPage, tmp_path: Path, files: dict[str, str | None], words: str
) -> None:
    """A folder that would do, but for these files."""
    sound = {"model.safetensors": "", "config.json": "{}", "tokenizer.json": "{}"}
    for name, text in {**sound, **files}.items():
        if text is not None:
            (tmp_path / name).write_text(text, encoding="utf-8")
    page = with_model(open_page, str(tmp_path))
    assert words in texts(page)
    assert page.button(key="run").disabled


def test_a_choice_that_two_levers_exclude_is_closed_with_the_reason(open_page: OpenPage) -> None:
    page = open_page("explore")
    page.button(key="attention_flex_attention").click().run()
    assert page.button(key="kv_cache_static").disabled
    assert page.session_state["attention"] == "flex_attention"
    assert "static: flex_attention's block masks do not take a static cache" in texts(page)
    page.button(key="attention_sdpa").click().run()
    assert not page.button(key="kv_cache_static").disabled


def test_a_prompt_longer_than_the_context_is_refused_before_any_load(
    open_page: OpenPage,
) -> None:
    page = open_page("explore")
    page.session_state[state.PROMPT_KIND] = state.SYNTHETIC
    page.run()
    page.number_input(key="prompt_tokens").set_value(8192).run()
    assert "it has 8192 tokens; the model's context holds 8192" in texts(page)
    assert page.button(key="run").disabled
