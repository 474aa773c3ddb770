"""A grid counts every combination once, refuses wrong values at once, and says what cannot run."""

import time
from itertools import product

import pytest

from core.errors import RequestError
from core.variants.blocked import by_reason
from core.variants.environment import Environment
from core.variants.grid import LISTED, MOST_CELLS, Cells, Grid, cells_of, parse_axes
from core.variants.request import problems, valid_values
from tests.samples import a_cpu, a_gpu, an_environment

HERE = an_environment(a_cpu())


def cells(environment: Environment = HERE, **lists: str) -> Cells:
    return cells_of(Grid(parse_axes(lists)), environment)


def test_every_combination_is_a_cell() -> None:
    found = cells(precision="fp32,bf16", attention="sdpa, eager", batch_size="1,2,4")
    assert (found.total, found.duplicates, found.impossible) == (12, 0, ())
    levers = {
        (spec.variant.precision, spec.variant.attention, spec.workload.batch_size)
        for spec in found.cells
    }
    assert levers == set(product(("fp32", "bf16"), ("sdpa", "eager"), (1, 2, 4)))


def test_what_holds_for_all_cells_is_in_each() -> None:
    grid = Grid({"batch_size": (1, 2)}, {"prompt": "Hello", "repeats": "3", "quality": "false"})
    for spec in cells_of(grid, HERE).cells:
        assert (spec.workload.prompt, spec.workload.repeats) == ("Hello", 3)
        assert spec.workload.quality is False


def test_a_lever_without_meaning_makes_the_same_cell() -> None:
    found = cells(compile="off,per_block", compile_mode="default,max-autotune", batch_size="1,2")
    assert (found.total, len(found.cells), found.duplicates) == (8, 6, 2)
    speculative = {spec.workload.decoding: spec for spec in cells(
        decoding="greedy,prompt_lookup", draft_tokens="2,5,8").cells}  # fmt: skip
    assert speculative["greedy"].workload.draft_tokens == 5


def test_totals_add_up_also_where_cells_are_both_impossible_and_the_same() -> None:
    found = cells(
        precision="fp32,nf4,torchao_int4",
        compute_dtype="float32,bfloat16",
        compile="off,whole",
        kv_cache="dynamic,static",
    )
    assert found.total == len(found.cells) + len(found.impossible) + found.duplicates == 24
    assert all(not problems(spec, HERE) for spec in found.cells)
    assert len({spec.id for spec in found.cells}) == len(found.cells)


def test_impossible_cells_are_grouped_by_their_reasons() -> None:
    found = cells(attention="sdpa,flash_attention_2", precision="fp32,fp16", batch_size="1,2,4")
    groups = by_reason(found)
    assert sum(group.count for group in groups) == len(found.impossible) == 6
    for group in groups:
        assert group.where["attention"] == ("flash_attention_2",)
        assert "batch_size" not in group.where
        assert all(reason.reason for reason in group.reasons)


def test_a_cell_says_all_that_stops_it() -> None:
    (cell,) = cells(attention="flash_attention_2", kv_cache="quantised_hqq").impossible
    assert {reason.field for reason in cell.reasons} >= {"attention", "kv_cache"}


def test_what_needs_a_gpu_is_a_cell_where_there_is_one() -> None:
    lists = {"device": "cpu,cuda:0", "precision": "fp16"}
    (cell,) = cells(**lists).impossible
    assert [reason.field for reason in cell.reasons] == ["device"]
    assert len(cells(an_environment(a_cpu(), a_gpu()), **lists).cells) == 2


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("precision", "fp32,fp31"),
        ("batch_size", "1,two"),
        ("batch_size", "1,0"),
        ("max_new_tokens", "8,-1"),
        ("attention", "sdpa,flash"),
        ("device", "cpu,gpu"),
        ("model", "smollm2-135m,no-such-model"),
        ("kv_cache", "dynamic,sometimes"),
        ("draft_model", "no-such-model"),
        ("compile_mode", "slowest"),
    ],
)
def test_a_wrong_value_is_named_before_any_cell_is_made(field: str, values: str) -> None:
    with pytest.raises(RequestError) as refused:
        cells(**{field: values})
    assert refused.value.field == field
    assert str(refused.value.value) in values.split(",")
    assert refused.value.valid == valid_values(field) or field in ("device", "draft_model")


@pytest.mark.parametrize(
    ("lists", "field", "reason"),
    [
        ({"precision": "fp32,fp32"}, "precision", "listed twice"),
        ({"batch_size": "1,2,01"}, "batch_size", "listed twice"),
        ({"compile": "whole,on"}, "compile", "listed twice"),
        ({"precision": ""}, "precision", "no values"),
        ({"precision": "fp32,,bf16"}, "precision", "empty value"),
        ({"repeats": "3,5"}, "repeats", "one value for all"),
        ({"precisions": "fp32"}, "precisions", "no such field"),
        ({"compile_mode": "default,max-autotune"}, "compile_mode", "changes nothing"),
        ({"draft_tokens": "2,3"}, "draft_tokens", "changes nothing"),
        ({"batch_size": ",".join(map(str, range(1, 4000))), "stop": "fixed,natural",
          "attention": "sdpa,eager"}, "grid", f"{MOST_CELLS:,}"),
    ],
)  # fmt: skip
def test_a_list_that_is_no_axis_is_refused(lists: dict[str, str], field: str, reason: str) -> None:
    with pytest.raises(RequestError) as refused:
        cells(**lists)
    assert refused.value.field == field
    assert reason in refused.value.reason


def test_a_wrong_value_for_all_cells_is_refused_too() -> None:
    with pytest.raises(RequestError) as refused:
        cells_of(Grid({"batch_size": (1,)}, {"repeats": 0}), HERE)
    assert refused.value.field == "repeats"
    with pytest.raises(RequestError):
        cells_of(Grid({"prompt_tokens": (8, 16)}, {"prompt": "Hello"}), HERE)


def test_a_value_with_a_comma_stands_in_quotes() -> None:
    assert parse_axes({"model": '"/models/a,b", gpt2'}) == {"model": ("/models/a,b", "gpt2")}


def test_every_listed_field_can_be_an_axis() -> None:
    """By itself or with what gives it a meaning; a value of each is a value of its spec."""
    needs = {
        "compute_dtype": {"precision": "nf4"},
        "compile_mode": {"compile": "per_block"},
        "compile_backend": {"compile": "per_block"},
        "draft_model": {"decoding": "speculative", "model": "gpt2", "weights": "random"},
        "draft_tokens": {"decoding": "prompt_lookup"},
        "shortest_prompt_tokens": {"batch_size": 2},
        "time_limit_s": {"stop": "natural"},
        "revision": {"model": "gpt2"},
        "prompt_tokens": {"seed": 1},
        "endpoint": {"engine": "openai"},
    }
    values = {"time_limit_s": "5", "draft_model": "distilgpt2", "revision": "main",
              "model": "smollm2-135m", "device": "cpu"}  # fmt: skip
    for field in LISTED:
        first = valid_values(field)[0] if valid_values(field) else "4"
        value = values.get(field, "4" if first.startswith("whole") else first)
        found = cells_of(Grid(parse_axes({field: value}), needs.get(field, {})), HERE)
        assert found.total == 1, field


def test_a_thousand_cells_are_quick() -> None:
    batches = ",".join(map(str, range(1, 251)))
    start = time.process_time()
    found = cells(precision="fp32,bf16", attention="sdpa,eager", batch_size=batches)
    assert len(found.cells) == 1000
    assert time.process_time() - start < 1.0
