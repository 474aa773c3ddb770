"""The levers of Explore that appear with others, and links that bring every field back."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.jobs.manager import JobManager
from core.variants.axes import AXES, why_not_here
from core.variants.engine import Engine
from core.variants.engine_support import has_choice
from core.variants.request import FIELDS
from core.variants.spec import RunSpec
from pages.widgets import state
from pages.widgets.fields import LABELS
from pages.widgets.prompt_controls import lengths_sentence
from tests.pages.conftest import OpenPage, is_open, texts
from tests.samples import a_cpu, a_result, a_spec, an_environment


def asked(page: AppTest, jobs: JobManager) -> RunSpec:
    """What Run asks for now."""
    assert not page.button(key="run").disabled, texts(page)
    page.button(key="run").click().run()
    job = jobs.snapshot(page.query_params["job"])
    assert job is not None
    return job.spec


def with_tokens(page: AppTest, tokens: int) -> AppTest:
    """The page with a synthetic prompt of so many tokens: there is no tokenizer here to count."""
    page.session_state[state.PROMPT_KIND] = state.SYNTHETIC
    page.run()
    return page.number_input(key="prompt_tokens").set_value(tokens).run()


def keys(page: AppTest) -> set[str]:
    """The keys of all fields and buttons on the page."""
    kinds = ("button", "number_input", "text_area", "text_input", "selectbox", "toggle")
    return {str(item.key) for kind in kinds for item in page.get(kind)}


def test_every_field_has_a_label() -> None:
    assert set(FIELDS) <= set(LABELS)


def test_every_choice_of_a_shown_lever_is_a_button(open_page: OpenPage) -> None:
    shown = keys(open_page("explore"))
    for field in ("weights", "precision", "attention", "compile", "kv_cache", "decoding", "stop"):
        assert {f"{field}_{choice}" for choice in AXES[field].rows} <= shown


def test_what_has_no_meaning_is_not_shown(open_page: OpenPage) -> None:
    page = open_page("explore")
    hidden = {
        "compute_dtype_float32", "compile_backend_inductor", "compile_mode_default",
        "mixed_lengths", "shortest_prompt_tokens", "stop_strings", "time_limit_s",
        "draft_model", "draft_tokens",
    }  # fmt: skip
    assert not hidden & keys(page)
    page.button(key="precision_nf4").click().run()
    page.button(key="compile_per_block").click().run()
    page.button(key="stop_natural").click().run()
    page.button(key="decoding_speculative").click().run()
    shown = hidden - {"mixed_lengths", "shortest_prompt_tokens"}
    assert shown <= keys(page)


def test_the_computing_type_follows_the_precision_until_it_is_chosen(
    open_page: OpenPage, jobs: JobManager
) -> None:
    page = open_page("explore")
    page.button(key="precision_nf4").click().run()
    assert page.button(key="compute_dtype_bfloat16").proto.type == "primary"
    assert asked(page, jobs).variant.compute_dtype == "bfloat16"
    page.button(key="compute_dtype_float32").click().run()
    assert asked(page, jobs).variant.compute_dtype == "float32"
    page.button(key="precision_bf16").click().run()
    assert asked(page, jobs).variant.compute_dtype == "bfloat16"


def test_a_setting_that_is_not_shown_any_more_asks_for_nothing(
    open_page: OpenPage, jobs: JobManager
) -> None:
    page = open_page("explore")
    page.button(key="compile_per_block").click().run()
    page.button(key="compile_mode_max-autotune").click().run()
    assert asked(page, jobs).variant.compile_mode == "max-autotune"
    page.button(key="compile_off").click().run()
    page.button(key="stop_natural").click().run()
    page.text_area(key="stop_strings").set_value("END").run()
    page.button(key="stop_fixed").click().run()
    assert asked(page, jobs) == a_spec()


def test_rows_of_mixed_length_belong_to_a_batch(open_page: OpenPage, jobs: JobManager) -> None:
    page = with_tokens(open_page("explore"), 8)
    page.number_input(key="batch_size").set_value(4).run()
    page.toggle(key="mixed_lengths").set_value(True).run()
    page.number_input(key="shortest_prompt_tokens").set_value(2).run()
    assert "Rows of 2, 4, 6, 8 tokens: 38 % padding." in texts(page)
    assert asked(page, jobs).workload.shortest_prompt_tokens == 2
    page.number_input(key="shortest_prompt_tokens").set_value(9).run()
    assert "it is longer than the whole prompt of 8 tokens" in texts(page)
    assert page.button(key="run").disabled
    page.toggle(key="mixed_lengths").set_value(False).run()
    assert asked(page, jobs).workload.shortest_prompt_tokens is None


def test_many_rows_are_told_in_short() -> None:
    lengths = tuple(range(1, 21))
    assert lengths_sentence(lengths).startswith("Rows of 1, 2, 3, 4, …, 20 tokens:")


def test_caps_and_limits_are_asked_for_and_can_be_emptied(
    open_page: OpenPage, jobs: JobManager
) -> None:
    page = open_page("explore")
    page.button(key="stop_natural").click().run()
    page.text_area(key="stop_strings").set_value("\\n\\n\nEND").run()
    for field, value in {"time_limit_s": 2.5, "max_length": 20, "no_repeat_ngram_size": 3}.items():
        page.number_input(key=field).set_value(value).run()
    workload = asked(page, jobs).workload
    assert workload.stop_strings == ("\n\n", "END")
    assert (workload.time_limit_s, workload.max_length) == (2.5, 20)
    assert workload.no_repeat_ngram_size == 3
    words = "2 stop strings, 2.5 s at most, 20 with the prompt, no repeated 3-gram"
    assert f"Output length: up to 32 tokens, {words}" in [box.label for box in page.expander]
    for field in ("time_limit_s", "max_length", "no_repeat_ngram_size"):
        page.number_input(key=field).set_value(None).run()
    workload = asked(page, jobs).workload
    assert (workload.time_limit_s, workload.max_length) == (None, None)
    assert workload.no_repeat_ngram_size is None


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("max_length", 1, "Total length: it must be a whole number from 2"),
        ("max_length", 8, "the prompt alone has 8 tokens"),
        ("no_repeat_ngram_size", 0, "No repeated n-gram: it must be a whole number from 1"),
    ],
)
def test_a_cap_out_of_range_opens_its_box_and_is_kept(
    open_page: OpenPage, field: str, value: int, words: str
) -> None:
    page = with_tokens(open_page("explore"), 8)
    assert not is_open(page, "Output length")
    page.number_input(key=field).set_value(value).run()
    assert is_open(page, "Output length")
    assert words in texts(page)
    assert page.number_input(key=field).value == value
    assert page.button(key="run").disabled


def test_speculative_decoding_waits_for_a_draft_that_fits(open_page: OpenPage) -> None:
    page = open_page("explore")
    page.button(key="decoding_speculative").click().run()
    assert is_open(page, "Decoding")
    assert "needs a smaller model that guesses" in texts(page)
    assert "No smaller model of the catalogue has this model's vocabulary." in texts(page)
    assert page.button(key="run").disabled


def test_the_drafts_offered_are_smaller_models_with_the_same_vocabulary(
    open_page: OpenPage, jobs: JobManager
) -> None:
    spec = a_spec(
        model="smollm2-360m", weights="random", decoding="speculative", draft_model="smollm2-135m"
    )
    jobs.history.finish(a_result("run-1", spec))
    page = open_page("explore", job="run-1")
    assert page.selectbox(key="draft_model").options == ["smollm2-135m"]
    assert asked(page, jobs) == spec


def test_guessing_is_closed_for_a_batch_with_the_lever_named(open_page: OpenPage) -> None:
    page = open_page("explore")
    page.number_input(key="batch_size").set_value(2).run()
    assert page.button(key="decoding_prompt_lookup").disabled
    assert "Guessed tokens are checked for one row only: batch_size 1." in texts(page)


def test_facts_of_the_model_stay_while_another_field_is_wrong(open_page: OpenPage) -> None:
    page = open_page("explore")
    page.number_input(key="repeats").set_value(0).run()
    assert "135 M parameters" in texts(page)
    assert "Counted once the model is prepared." in texts(page)


def test_closed_choices_lie_in_a_box_with_their_number(open_page: OpenPage) -> None:
    page = open_page("explore")
    labels = [box.proto.popover.label for box in page.get("popover")]
    environment = an_environment(a_cpu())
    closed = [
        choice
        for choice in AXES["kv_cache"].rows
        if not has_choice(Engine.TRANSFORMERS, "kv_cache", choice)
        or why_not_here("kv_cache", choice, "cpu", environment)
    ]
    assert f"{len(closed)} closed here: why" in labels


EVERYTHING: list[dict[str, Any]] = [
    {},
    {"precision": "nf4", "compute_dtype": "float32", "attention": "eager", "kv_cache": "off"},
    {"compile": "whole", "kv_cache": "static", "compile_mode": "max-autotune", "warmup": 3},
    {"compile": "per_block", "quality": False, "seed": 7, "repeats": 9},
    {"batch_size": 4, "shortest_prompt_tokens": 3, "prompt_tokens": 64, "max_new_tokens": 5},
    {"stop": "natural", "stop_strings": ("\n\n", "a\\n", " "), "time_limit_s": 0.5},
    {"max_length": 50, "no_repeat_ngram_size": 2},
    {"decoding": "prompt_lookup", "draft_tokens": 9, "prompt": "One\ntwo"},
    {"task": "prompt,expected\nA,B", "weights": "random"},
]


@pytest.mark.parametrize("values", EVERYTHING, ids=lambda values: ", ".join(values))
def test_a_link_to_a_run_brings_every_field_back(
    open_page: OpenPage, jobs: JobManager, values: dict[str, Any]
) -> None:
    spec = a_spec(**values)
    jobs.history.finish(a_result("run-1", spec))
    assert asked(open_page("explore", job="run-1"), jobs) == spec
