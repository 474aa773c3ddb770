"""The plan of a sweep in words: all counts add up, every reason is told, unknowns are said."""

import pytest
from streamlit.testing.v1 import AppTest

from core.analysis.forecast.sweep_plan import SweepPlan, plan
from core.analysis.forecast.trial import trial_specs
from core.variants.blocked import by_reason
from core.variants.grid import Cells, Grid, cells_of, parse_axes
from pages.widgets.sweep.plan_view import (
    blocked_sentences,
    cells_sentence,
    memory_sentence,
    size_sentences,
    time_sentence,
)
from tests.analysis.machine import Machine
from tests.pages.conftest import FAULT, texts
from tests.samples import GIB, a_cpu, an_environment

HERE = an_environment(a_cpu())


def grid(**lists: str) -> Cells:
    return cells_of(Grid(parse_axes(lists), {"prompt_tokens": 9}), HERE)


def test_the_counts_of_the_first_line_add_up() -> None:
    cells = grid(precision="fp32,torchao_int4", compile="off,per_block",
                 compile_mode="default,max-autotune", batch_size="1,4")  # fmt: skip
    reused = {cells.cells[0].id: "run-1"}
    told = cells_sentence(cells, plan(cells.cells, HERE, (), reused))
    assert told == (
        "16 cells: 5 to measure, 1 measured already, 4 the same as another, 6 impossible."
    )


def test_impossible_cells_are_told_by_their_reason() -> None:
    cells = grid(attention="sdpa,flash_attention_2", batch_size="1,4,16", precision="fp16,bf16")
    (line,) = blocked_sentences(by_reason(cells))
    told = line.replace("\\", "")
    assert told.startswith("6 cells with Attention flash_attention_2: ")
    assert "NVIDIA GPU" in told


def test_a_rough_time_asks_for_a_trial_and_a_measured_one_does_not() -> None:
    cells = grid(precision="fp32,nf4", batch_size="1,4")
    told = time_sentence(plan(cells.cells, HERE))
    assert "Rough for 4 cells" in told
    assert "a short trial would tell" in told
    evidence = Machine().measure_all(trial_specs(cells.cells, ()))
    told = time_sentence(plan(cells.cells, HERE, evidence))
    assert "Rough" not in told
    assert "2 loads." in told


def test_memory_names_the_largest_cell_and_what_is_short_now() -> None:
    cells = grid(precision="fp32,bf16")
    told = memory_sentence(plan(cells.cells, HERE)).replace("\\", "")
    assert "GB" in told or "MB" in told
    assert "fp32" in told
    busy = an_environment(a_cpu().model_copy(update={"free_bytes": GIB // 2}))
    assert "1 cell would need more than is free now" in memory_sentence(plan(cells.cells, busy))


def test_too_large_cells_are_told_with_numbers() -> None:
    cells = grid(batch_size="1,4096", max_new_tokens="8000")
    (told,) = size_sentences(plan(cells.cells, HERE))
    assert told.startswith("1 cell: too large for the device, which has ")
    assert size_sentences(plan(cells.cells[:1], HERE)) == []


def test_an_empty_plan_is_no_fault() -> None:
    empty = SweepPlan(())
    assert memory_sentence(empty) == "How much memory it needs is not known."
    assert cells_sentence(Cells(0, ()), empty) == "0 cells: 0 to measure."


def script() -> None:
    """A page with a plan alone."""
    from core.analysis.forecast.sweep_plan import plan
    from core.variants.grid import Grid, cells_of, parse_axes
    from pages.widgets import state
    from pages.widgets.layout import error_boundary
    from pages.widgets.sweep.plan_view import draw_plan

    with error_boundary():
        lists = {"precision": "fp32,bf16", "attention": "sdpa,flash_attention_2"}
        found = cells_of(Grid(parse_axes(lists), {"prompt_tokens": 9}), state.environment())
        draw_plan(found, plan(found.cells, state.environment()))


@pytest.mark.usefixtures("jobs")
def test_the_plan_is_drawn() -> None:
    page = AppTest.from_function(script, default_timeout=20).run()
    assert not page.exception
    assert FAULT not in texts(page)
    assert "4 cells: 2 to measure, 2 impossible." in texts(page)
    (order,) = page.dataframe
    assert list(order.value["Loads"]) == ["yes", "yes"]
