"""Cost formulas by hand, and the price table."""

import math

import pytest

from core.analysis.cost import (
    break_even_tokens,
    cold_start_usd,
    cost_metrics,
    default_price,
    parse_price,
    usd_per_million_tokens,
    usd_per_run,
)
from core.errors import RequestError
from core.results.types import Samples
from tests.samples import a_cpu, a_gpu, a_result, an_environment


def test_formulas_by_hand() -> None:
    assert usd_per_run(3.6, 2.0) == pytest.approx(0.002)
    assert usd_per_million_tokens(3.6, 10.0) == pytest.approx(100.0)
    assert usd_per_million_tokens(3.6, 10.0, utilisation=0.5) == pytest.approx(200.0)
    assert cold_start_usd(3.6, load_s=10, compile_s=50, requests=60) == pytest.approx(0.001)
    assert break_even_tokens(50.0, 0.07, 0.05) == pytest.approx(2500)


def test_compiling_that_is_not_faster_never_pays() -> None:
    assert break_even_tokens(50.0, 0.05, 0.05) is None
    assert break_even_tokens(50.0, 0.05, 0.07) is None


def test_metrics_follow_the_price() -> None:
    result = a_result(e2e_s=2.0)
    run, million = cost_metrics(3.6)
    dearer, _ = cost_metrics(7.2)
    assert run.read(result) == pytest.approx(0.002)
    assert dearer.read(result) == pytest.approx(0.004)
    assert million.read(result) == pytest.approx(3.6 / 3600 / 16 * 1e6)


def test_without_samples_the_cost_is_unknown_and_not_nothing() -> None:
    nothing = a_result(samples=Samples())
    assert [metric.read(nothing) for metric in cost_metrics(1.0)] == [None, None]


def test_a_cpu_costs_by_its_processors_and_a_gpu_by_its_name() -> None:
    cpu = default_price(an_environment(a_cpu()), "cpu")
    assert cpu.usd_per_hour == pytest.approx(0.0504 * an_environment(a_cpu()).cpu_count)
    gpu = default_price(an_environment(a_gpu(), a_cpu()), "cuda:0")
    assert "H100" in gpu.label
    assert gpu.as_of


@pytest.mark.parametrize("text", ["-1", "nan", "inf", "free", "", "1e9"])
def test_what_is_no_price_is_refused(text: str) -> None:
    with pytest.raises(RequestError) as caught:
        parse_price(text)
    assert caught.value.field == "price_per_hour"
    assert caught.value.valid


def test_a_price_may_be_nothing() -> None:
    assert parse_price("0") == 0.0
    assert math.isclose(parse_price("0.1008"), 0.1008)
