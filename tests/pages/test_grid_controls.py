"""The controls of a sweep: lists of values in, a checked grid out, nothing lost on the way."""

import pytest
from streamlit.testing.v1 import AppTest

from core.jobs.manager import JobManager
from core.variants.axes import AXES
from core.variants.engine import Engine
from core.variants.grid import LISTED
from pages.widgets.sweep import grid_state
from tests.pages.conftest import FAULT, texts


def script() -> None:
    """A page with the controls alone, which tells what they ask for."""
    import streamlit as st

    from pages.widgets import state
    from pages.widgets.layout import error_boundary
    from pages.widgets.sweep.grid_controls import draw_grid_controls

    with error_boundary():
        request = draw_grid_controls(state.environment())
        found = request.cells
        told = f"{found.total} {len(found.cells)} {len(found.impossible)}" if found else "none"
        st.text(told)
        for spec in found.cells if found else ():
            st.text(f"{spec.variant.precision} {spec.workload.batch_size} {spec.variant.compile} "
                    f"{spec.workload.prompt_tokens} {spec.workload.repeats}")  # fmt: skip


@pytest.fixture
def page(jobs: JobManager) -> AppTest:  # noqa: ARG001 - the page finds it by itself
    opened = AppTest.from_function(script, default_timeout=20).run()
    assert not opened.exception
    assert FAULT not in texts(opened)
    return opened


def told(page: AppTest) -> list[str]:
    """The counts, and then the cells."""
    assert not page.exception
    assert FAULT not in texts(page), texts(page)
    return [str(item.value) for item in page.text]


def test_it_begins_with_the_one_cell_of_explore(page: AppTest) -> None:
    assert told(page) == ["1 1 0", "fp32 1 off None 5"]


def test_every_listed_field_has_a_control(page: AppTest) -> None:
    engines = [f"engine_{engine}" for engine in Engine if engine != "transformers"]
    levers = ("precision_nf4", "compile_per_block", "decoding_speculative", "stop_natural")
    for button in (*levers, *engines):
        page.button(key=f"grid_{button}").click().run()
    page.segmented_control(key="prompt_kind").set_value("Synthetic tokens").run()
    kinds = ("button", "text_input", "multiselect")
    keys = {str(item.key) for kind in kinds for item in page.get(kind)}
    for field in LISTED:
        wanted = {f"grid_{field}_{choice}" for choice in AXES[field].rows} if field in AXES else {
            grid_state.key_of(field)}  # fmt: skip
        assert wanted <= keys or field == "device", field


def test_buttons_list_values_and_take_them_out(page: AppTest) -> None:
    page.button(key="grid_precision_bf16").click().run()
    page.text_input(key="grid_batch_size").set_value("1, 4,16").run()
    assert told(page)[0] == "6 6 0"
    assert told(page)[1:3] == ["fp32 1 off None 5", "fp32 4 off None 5"]
    page.button(key="grid_precision_fp32").click().run()
    assert told(page)[0] == "3 3 0"
    assert told(page)[1] == "bf16 1 off None 5"


def test_what_this_machine_cannot_do_is_closed_with_the_reason(page: AppTest) -> None:
    assert page.button(key="grid_attention_flash_attention_2").disabled
    assert not page.button(key="grid_attention_eager").disabled
    assert "Needs an NVIDIA GPU" in texts(page)


def test_a_bad_list_stays_as_typed_and_is_told(page: AppTest) -> None:
    page.text_input(key="grid_batch_size").set_value("1, two").run()
    page.text_input(key="grid_max_new_tokens").set_value("8,,16").run()
    assert told(page) == ["none"]
    assert page.text_input(key="grid_batch_size").value == "1, two"
    shown = texts(page)
    assert "Batch size: it must be a whole number from 1 to 4096" in shown
    assert "whole numbers from 1 to 4096" in shown
    assert "New tokens: there is an empty value between its commas." in shown
    page.text_input(key="grid_batch_size").set_value("1, 2").run()
    page.text_input(key="grid_max_new_tokens").set_value("8,16").run()
    assert told(page)[0] == "4 4 0"


def test_nothing_chosen_of_a_lever_is_told(page: AppTest) -> None:
    page.button(key="grid_compile_off").click().run()
    assert told(page) == ["none"]
    assert "it has no values" in texts(page)


def test_levers_appear_with_what_gives_them_a_meaning(page: AppTest) -> None:
    keys = {str(button.key) for button in page.button}
    assert not any(key.startswith("grid_compile_mode") for key in keys)
    page.button(key="grid_compile_per_block").click().run()
    page.button(key="grid_compile_mode_max-autotune").click().run()
    assert told(page)[0].startswith("4 "), texts(page)


def test_prompts_may_have_several_lengths(page: AppTest) -> None:
    page.segmented_control(key="prompt_kind").set_value("Synthetic tokens").run()
    page.text_input(key="grid_prompt_tokens").set_value("16,64").run()
    assert [line.split()[3] for line in told(page)[1:]] == ["16", "64"]


def test_settings_of_all_cells_are_those_of_explore(page: AppTest) -> None:
    page.number_input(key="repeats").set_value(9).run()
    assert told(page)[1].endswith(" 9")
    page.number_input(key="repeats").set_value(0).run()
    assert told(page) == ["none"]
    assert "Repeats: it must be" in texts(page)


def test_too_many_cells_are_told_at_once(page: AppTest) -> None:
    page.text_input(key="grid_batch_size").set_value(",".join(map(str, range(1, 300)))).run()
    page.text_input(key="grid_max_new_tokens").set_value(",".join(map(str, range(1, 300)))).run()
    assert told(page) == ["none"]
    assert "at most 10,000 cells" in texts(page)
