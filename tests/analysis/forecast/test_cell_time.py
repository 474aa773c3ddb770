"""A run's phases: what a worker, a load, warm-up and quality add, and when they add nothing."""

import pytest

from core.analysis.forecast.cell_time import (
    Before,
    CellTime,
    cell_time,
    is_reference,
    quality_key,
    reference_of,
    warm_up_runs,
)
from core.analysis.forecast.evidence import Evidence
from core.analysis.forecast.need import Needs
from core.engine.quality_cache import reference_variant
from core.results.measured import Samples
from core.results.types import RunResult
from core.variants.spec import RunSpec
from tests.analysis.machine import LOAD_S, Machine
from tests.samples import a_cpu, a_gpu, a_result, a_spec, an_environment

READY = Before(loaded=True, quality=True, reference=True)


def took(spec: RunSpec, *runs: RunResult, before: Before = READY) -> CellTime:
    asked = Needs(an_environment(a_cpu(), a_gpu())).asked(spec)
    assert asked is not None
    return cell_time(asked, before, Evidence(runs))


def small(**values: object) -> RunSpec:
    return a_spec(**{"prompt_tokens": 9, **values})


def test_the_timed_part_is_warm_up_and_both_passes() -> None:
    run = Machine().measure(small())
    once_s = run.samples.e2e_s[0]
    found = took(small(repeats=9), run)
    assert found.timed.likely == pytest.approx((4.5 + 9 + 5) * once_s, rel=0.03)
    assert found.timed.low < found.timed.likely < found.timed.high
    assert found.total.likely > found.timed.likely


def test_warm_up_is_as_long_as_it_mostly_was() -> None:
    def with_warmups(runs: int) -> Evidence:
        samples = Samples(warmup_s=(1.0,) * runs, e2e_s=(1.0,) * 5)
        return Evidence([a_result(f"run-{i}", samples=samples) for i in range(20)])

    assert warm_up_runs(6, Evidence([])).likely == 4.5
    assert (
        warm_up_runs(6, with_warmups(3)).likely
        < 3.3
        < 5.7
        < warm_up_runs(6, with_warmups(6)).likely
    )
    assert (warm_up_runs(2, Evidence([])).low, warm_up_runs(2, Evidence([])).high) == (2, 2)


def test_long_warm_ups_end_at_their_cap() -> None:
    slow = a_result(spec=small(), e2e_s=100.0)
    found = took(small(warmup=1000, repeats=1), slow)
    assert found.timed.likely < 60 + 100 + 2 * 100 + 10


def test_what_came_before_is_not_paid_again() -> None:
    run = Machine().measure(small(quality=False))
    ready, cold = (took(small(), run, before=b).total.likely for b in (READY, Before(worker=False)))
    loaded = took(small(), run, before=Before(quality=True)).total.likely
    assert loaded - ready == pytest.approx(LOAD_S, rel=0.5)
    assert cold > loaded + 5


def test_quality_is_judged_against_what_the_engine_loads() -> None:
    for spec in (a_spec(), a_spec(precision="nf4", attention="eager", compile="per_block")):
        assert reference_of(spec.variant) == reference_variant(spec.variant)
    assert is_reference(a_spec(compile="whole").variant)
    assert not is_reference(a_spec(precision="bf16").variant)
    assert quality_key(a_spec(compile="whole").variant) == a_spec().variant


def test_compiling_takes_what_it_took_or_a_wide_guess() -> None:
    spec = small(compile="per_block")
    guess, plain = took(spec), took(small())
    assert guess.total.high - plain.total.high > 200
    known = took(spec, a_result(spec=spec))
    assert known.total.high - known.total.low < guess.total.high - guess.total.low


def test_energy_is_counted_where_there_is_a_counter() -> None:
    run = Machine().measure(small(max_new_tokens=2))
    counted = a_result(spec=small(max_new_tokens=2)).energy
    with_counter = run.model_copy(update={"energy": counted})
    spec = small(max_new_tokens=2)
    assert took(spec, with_counter).timed.likely >= took(spec, run).timed.likely + 1.0
    assert took(small(device="cuda:0", precision="fp16")).timed.low >= 1.0


def test_random_weights_have_no_quality_to_measure() -> None:
    spec = small(model="gpt2", weights="random")
    without = small(model="gpt2", weights="random", quality=False)
    assert took(spec, before=Before()).total == took(without, before=Before()).total
