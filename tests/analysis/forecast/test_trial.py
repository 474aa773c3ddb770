"""A trial measures what nothing is known of, with few tokens, and nothing twice."""

from core.analysis.forecast.evidence import near_pace
from core.analysis.forecast.trial import TRIAL_TOKENS, trial_specs
from core.variants.grid import Grid, cells_of, parse_axes
from core.variants.spec import RunSpec
from tests.analysis.machine import Machine
from tests.samples import a_cpu, an_environment

HERE = an_environment(a_cpu())


def cells(**lists: str) -> tuple[RunSpec, ...]:
    base = {} if "prompt_tokens" in lists else {"prompt_tokens": 9}
    return cells_of(Grid(parse_axes(lists), base), HERE).cells


def test_each_precision_is_tried_at_the_ends_and_beside_the_single_row() -> None:
    found = trial_specs(cells(precision="fp32,nf4", attention="sdpa,eager",
                              batch_size="1,2,4,8,16"), ())  # fmt: skip
    tried = sorted((spec.variant.precision, spec.workload.batch_size) for spec in found)
    assert tried == [(p, b) for p in ("fp32", "nf4") for b in (1, 2, 16)]
    for spec in found:
        assert spec.workload.max_new_tokens == TRIAL_TOKENS
        assert not spec.workload.quality


def test_it_costs_a_small_part_of_the_sweep() -> None:
    specs = cells(precision="fp32,bf16,nf4", attention="sdpa,eager", batch_size="1,2,4,8")
    trial, sweep = Machine(), Machine()
    trial.measure_all(trial_specs(specs, ()))
    sweep.measure_all(specs)
    assert trial.seconds < 0.08 * sweep.seconds


def test_of_few_cells_few_are_tried() -> None:
    lists = {"precision": "fp32,bf16", "prompt_tokens": "16,100"}
    tried = trial_specs(cells(**lists, batch_size="1,4"), ())
    assert len(tried) == 4
    assert len(trial_specs(cells(**lists), ())) == 2


def test_nothing_is_tried_that_was_measured() -> None:
    specs = cells(precision="fp32,bf16", batch_size="1,2,8")
    evidence = Machine().measure_all(trial_specs(specs, ()))
    assert trial_specs(specs, evidence) == ()
    more = cells(precision="fp32,bf16,nf4", batch_size="1,2,8")
    assert {spec.variant.precision for spec in trial_specs(more, evidence)} == {"nf4"}
    further = cells(precision="fp32", batch_size="1,2,8,64")
    assert [spec.workload.batch_size for spec in trial_specs(further, evidence)] == [64]


def test_long_prompts_are_tried_with_each_attention() -> None:
    specs = cells(attention="sdpa,eager", prompt_tokens="16,2000")
    tried = {(str(spec.variant.attention), spec.workload.prompt_tokens)
             for spec in trial_specs(specs, ())}  # fmt: skip
    assert {("sdpa", 2000), ("eager", 2000)} <= tried


def test_compiled_cells_are_measured_as_they_are() -> None:
    specs = cells(compile="per_block", batch_size="1,2,4")
    (found,) = trial_specs(specs, ())
    assert found in specs
    assert found.workload.batch_size == 1


def test_each_cache_is_tried_apart() -> None:
    found = trial_specs(cells(kv_cache="off,dynamic,static"), ())
    assert len({near_pace(spec) for spec in found}) == 3


def test_short_outputs_are_tried_no_longer_than_they_are() -> None:
    (found,) = trial_specs(cells(max_new_tokens="3"), ())
    assert found.workload.max_new_tokens == 3
