"""A sweep's plan: each variant loaded once, cheap first, and seconds that a machine confirms."""

from itertools import pairwise

import pytest

from core.analysis.forecast.sweep_plan import SweepPlan, plan, within
from core.analysis.forecast.trial import trial_specs
from core.results.types import RunResult
from core.variants.grid import Grid, cells_of, parse_axes
from core.variants.spec import RunSpec
from tests.analysis.machine import Machine
from tests.samples import GIB, a_cpu, a_spec, an_environment

HERE = an_environment(a_cpu())
TWENTY_FOUR = {"precision": "fp32,bf16,nf4", "attention": "sdpa,eager", "batch_size": "1,2,4,8"}


def cells(lists: dict[str, str], **base: object) -> tuple[RunSpec, ...]:
    return cells_of(Grid(parse_axes(lists), {"prompt_tokens": 9, **base}), HERE).cells


def planned(specs: tuple[RunSpec, ...], *evidence: RunResult, **measured: str) -> SweepPlan:
    return plan(specs, HERE, evidence, measured)


def test_each_variant_is_loaded_once_and_stands_together() -> None:
    found = planned(cells(TWENTY_FOUR))
    variants = [cell.spec.variant for cell in found.cells]
    changes = sum(a != b for a, b in pairwise(variants))
    assert (changes, found.loads, len(found.cells)) == (5, 6, 24)
    assert [cell.loads for cell in found.cells[:4]] == [True, False, False, False]


def test_cheap_cells_come_first() -> None:
    machine = Machine()
    specs = cells(TWENTY_FOUR)
    found = planned(specs, *machine.measure_all(trial_specs(specs, ())))
    assert found.cells[0].spec.variant.precision == "bf16"
    assert found.cells[-1].spec.variant.precision == "nf4"
    assert [cell.spec.workload.batch_size for cell in found.cells[:4]] == [1, 2, 4, 8]


def test_cells_with_the_same_draft_stand_side_by_side() -> None:
    specs = tuple(
        a_spec(model="gpt2-large", weights="random", decoding="speculative", draft_model=draft,
               draft_tokens=tokens, prompt_tokens=8)
        for tokens in (2, 5) for draft in ("gpt2", "distilgpt2")
    )  # fmt: skip
    drafts = [cell.spec.workload.draft_model for cell in planned(specs).cells]
    assert drafts in (["gpt2"] * 2 + ["distilgpt2"] * 2, ["distilgpt2"] * 2 + ["gpt2"] * 2)


@pytest.mark.parametrize("slower", [0.9, 1.0, 1.15])
@pytest.mark.parametrize(
    ("lists", "base"),
    [
        (TWENTY_FOUR, {}),
        ({**TWENTY_FOUR, "precision": "fp32,int8,bf16"}, {}),
        ({"precision": "nf4", "batch_size": "1,2,3,4,6,8,12,16"}, {"quality": "false"}),
        ({"precision": "fp32,nf4", "prompt_tokens": "8,64,200", "batch_size": "1,8"}, {}),
        ({"precision": "fp32,bf16", "max_new_tokens": "16,64"}, {"repeats": 9}),
    ],
)
def test_after_a_trial_the_estimate_is_near_what_the_machine_takes(
    lists: dict[str, str], base: dict[str, object], slower: float
) -> None:
    specs = cells(lists, **({} if "prompt_tokens" in lists else {"prompt_tokens": 9}), **base)
    trial = Machine(slower)
    evidence = trial.measure_all(trial_specs(specs, ()))
    expected = planned(specs, *evidence)
    sweep = Machine(slower)
    sweep.measure_all([cell.spec for cell in expected.cells])
    assert expected.rough == 0
    assert expected.seconds.likely == pytest.approx(sweep.seconds, rel=0.2)
    assert expected.seconds.low < sweep.seconds < expected.seconds.high


def test_without_a_trial_the_estimate_says_that_it_is_rough() -> None:
    found = planned(cells(TWENTY_FOUR))
    assert found.rough == 24
    assert found.seconds.high > 3 * found.seconds.low
    assert found.timed.likely < found.seconds.likely


def test_measured_cells_cost_nothing_and_keep_their_place() -> None:
    specs = cells(TWENTY_FOUR)
    whole = planned(specs)
    some = {spec.id: f"run-{place}" for place, spec in enumerate(specs[:8])}
    found = planned(specs, **some)
    assert {cell.run_id for cell in found.reused} == set(some.values())
    assert len(found.to_measure) == 16
    assert found.loads == 4
    assert found.seconds.likely < whole.seconds.likely
    assert all(cell.seconds is None for cell in found.reused)


def test_what_is_larger_than_its_device_is_not_tried() -> None:
    specs = cells({"batch_size": "1,4096", "max_new_tokens": "32,8000"})
    found = planned(specs)
    (cell,) = found.too_large
    assert cell.spec.workload.batch_size == 4096
    assert cell.needed_bytes > cell.device_bytes == a_cpu().memory_bytes
    assert len(found.cells) == 3


def test_what_does_not_fit_now_is_tried_and_told() -> None:
    busy = an_environment(a_cpu().model_copy(update={"free_bytes": GIB // 2}))
    found = plan(cells({"precision": "fp32,bf16"}), busy)
    assert [cell.spec.variant.precision for cell in found.tight] == ["fp32"]
    assert len(found.cells) == 2


def test_the_peak_is_that_of_the_largest_cell() -> None:
    found = planned(cells(TWENTY_FOUR))
    assert found.peak is not None
    assert found.peak.spec.variant.precision == "fp32"
    assert found.peak.spec.workload.batch_size == 8
    measured = planned(cells(TWENTY_FOUR), Machine().measure(a_spec(prompt_tokens=9)))
    assert measured.peak is not None
    weights_and_process = 134_515_008 * 4 + 400_000_000
    assert weights_and_process < (measured.peak.peak_bytes or 0) < weights_and_process * 1.1


def test_a_budget_of_time_or_money_keeps_the_first_cells() -> None:
    found = planned(cells(TWENTY_FOUR))
    half = within(found, seconds=found.seconds.likely / 2)
    assert 0 < len(half.cells) < 24
    assert half.cells == found.cells[: len(half.cells)]
    assert half.seconds.likely <= found.seconds.likely / 2
    assert len(half.cells) + len(half.left_out) == 24
    price = 3.6
    paid = within(found, usd=found.seconds.likely / 2 / 1000, usd_per_hour=price)
    assert paid == half
    assert within(found).left_out == ()
    assert within(found, usd=0.0, usd_per_hour=0.0).left_out == ()
    assert within(found, seconds=0.0).cells == ()


def test_reused_cells_fit_into_any_budget() -> None:
    specs = cells(TWENTY_FOUR)
    found = planned(specs, **{specs[-1].id: "run-1"})
    assert [cell.run_id for cell in within(found, seconds=0.0).cells] == ["run-1"]
