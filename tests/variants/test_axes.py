"""Which choices are closed, by what, and that this is told quickly."""

import time
from typing import Any

from core.variants.axes import AXES, LEVERS, closed_choices
from core.variants.request import build_spec, flat_values, relevant
from tests.samples import a_cpu, a_gpu, an_environment

CPU = an_environment(a_cpu())
GPU = an_environment(a_gpu(), a_cpu())


def levers(**values: Any) -> dict[str, Any]:
    """The levers of the default spec with these changed, as controls would have them."""
    flat = {**flat_values(build_spec({})), "device": "cpu", **values}
    return relevant({name: flat[name] for name in LEVERS if name != "compute_dtype"})


def test_what_this_machine_lacks_is_closed_here_whatever_else_is_chosen() -> None:
    for others in ({}, {"kv_cache": "static"}, {"precision": "nf4", "compile": "whole"}):
        closed = closed_choices(AXES["attention"], levers(**others), CPU)
        assert closed["flash_attention_2"].here
        assert closed["flash_attention_2"].reason == "Needs an NVIDIA GPU; this device is cpu."


def test_what_another_lever_excludes_names_it_and_is_not_closed_here() -> None:
    closed = closed_choices(AXES["compile"], levers(kv_cache="dynamic"), CPU)
    assert not closed["whole"].here
    assert closed["whole"].reason.startswith("KV cache stands in the way. ")
    assert "choose static or off" in closed["whole"].reason
    assert "whole" not in closed_choices(AXES["compile"], levers(kv_cache="static"), CPU)


def test_a_type_that_a_kernel_does_not_take_is_no_fault_of_the_machine() -> None:
    on_gpu = levers(device="cuda:0", precision="fp32")
    closed = closed_choices(AXES["attention"], on_gpu, GPU)["sdpa_flash"]
    assert not closed.here
    assert "choose bf16 or fp16" in closed.reason


def test_guessing_needs_a_single_row_and_a_cache_that_can_be_cut() -> None:
    batch = closed_choices(AXES["decoding"], levers(batch_size=4), CPU)
    assert "batch_size 1" in batch["prompt_lookup"].reason
    static = closed_choices(AXES["decoding"], levers(kv_cache="static"), CPU)
    assert "kv_cache dynamic" in static["speculative"].reason
    assert closed_choices(AXES["decoding"], levers(), CPU) == {}


def test_compile_modes_are_judged_as_of_a_compiled_model() -> None:
    closed = closed_choices(AXES["compile_mode"], levers(compile="per_block"), CPU)
    assert [*closed] == ["reduce-overhead"]
    assert closed["reduce-overhead"].here


def test_all_choices_of_all_levers_are_judged_in_a_moment() -> None:
    for axis in AXES.values():
        closed_choices(axis, levers(), CPU)
    start = time.perf_counter()
    for axis in AXES.values():
        closed_choices(axis, levers(), CPU)
    assert time.perf_counter() - start < 0.25
