"""A generation's time: straight lines between measured amounts, and honest about the rest."""

import pytest

from core.analysis.forecast.evidence import Evidence
from core.analysis.forecast.generation_time import Curve, Generation, generation_time
from core.analysis.forecast.need import Needs
from core.results.types import RunResult
from core.variants.spec import RunSpec
from tests.analysis.machine import Machine
from tests.samples import a_cpu, a_spec, an_environment


def estimated(spec: RunSpec, *runs: RunResult) -> Generation:
    asked = Needs(an_environment(a_cpu())).asked(spec)
    assert asked is not None
    return generation_time(asked, Evidence(runs))


def small(**values: object) -> RunSpec:
    return a_spec(**{"prompt_tokens": 9, **values})


def test_a_curve_goes_through_its_points_and_on_beyond_them() -> None:
    curve = Curve.through([(8, 0.18), (1, 0.06), (2, 0.10), (2, 0.14), (2, 0.12)], slope=9.0)
    assert [curve.at(x) for x in (1, 2, 8)] == pytest.approx([0.06, 0.12, 0.18])
    assert curve.at(5) == pytest.approx(0.15)
    assert curve.at(14) == pytest.approx(0.24)
    assert curve.last_slope == pytest.approx(0.01)


def test_a_single_point_goes_on_by_the_slope_that_is_reckoned() -> None:
    curve = Curve.through([(4, 0.1)], slope=0.01)
    assert curve.at(6) == pytest.approx(0.12)
    assert curve.at(1) == pytest.approx(0.07)
    assert Curve.through([(100, 0.1)], slope=0.01).at(1) == pytest.approx(0.03)


def test_where_no_growth_was_measured_it_is_reckoned() -> None:
    curve = Curve.through([(1, 0.2), (8, 0.1)], slope=0.01)
    assert curve.at(18) == pytest.approx(0.2)
    assert curve.last_slope == 0.01


def test_a_measured_workload_takes_what_it_took() -> None:
    spec = small(batch_size=4)
    run = Machine().measure(spec)
    found = estimated(spec, run)
    assert found.seconds.likely == pytest.approx(run.samples.e2e_s[0], rel=0.01)
    assert found.seconds.low < found.seconds.likely < found.seconds.high < found.seconds.low * 1.4
    assert run.run_id in found.basis
    assert found.measured


def test_more_tokens_take_their_steps() -> None:
    run = Machine().measure(small(max_new_tokens=8))
    once, twice = (estimated(small(max_new_tokens=n), run).seconds.likely for n in (16, 32))
    _, step_s = Machine().passes(small())
    assert twice - once == pytest.approx(16 * step_s, rel=0.05)


def test_far_beyond_what_was_measured_the_range_is_wide() -> None:
    runs = Machine().measure_all([small(batch_size=1), small(batch_size=2)])
    near, far = (estimated(small(batch_size=b), *runs).seconds for b in (2, 64))
    assert far.high / far.low > 3 * near.high / near.low


def test_another_precision_tells_nothing() -> None:
    found = estimated(small(precision="nf4"), Machine().measure(small()))
    assert not found.measured
    assert found.basis.startswith("rough")


def test_without_a_cache_each_step_is_a_pass_over_the_text() -> None:
    """0.1 s and 0.01 s for each token of the text, as a run of 10 and 20 tokens tells."""
    spec = a_spec(kv_cache="off", prompt_tokens=10, max_new_tokens=20)
    times = tuple(0.2 + 0.3 * step for step in range(20))
    run = Machine().measure(spec)
    run = run.model_copy(update={"samples": run.samples.model_copy(update={"token_s": (times,)})})
    longer = estimated(a_spec(kv_cache="off", prompt_tokens=10, max_new_tokens=60), run)
    mean_step_s = 0.1 + 0.01 * (10 + 59 / 2)
    assert longer.seconds.likely == pytest.approx(0.2 + 59 * mean_step_s, rel=0.05)


def test_a_natural_stop_may_come_much_earlier() -> None:
    run = Machine().measure(small())
    fixed, natural = (estimated(small(stop=s), run).seconds for s in ("fixed", "natural"))
    assert natural.low < fixed.low / 5
    assert natural.high == fixed.high
