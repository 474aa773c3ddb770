"""Cost formulas by hand, and the price table."""

import math

import pytest

from core.analysis.cost import (
    break_even_tokens,
    cold_start_usd,
    cost_metrics,
    parse_price,
    price_of_run,
    usd_per_million_tokens,
    usd_per_run,
)
from core.errors import RequestError
from core.results.latency_intervals import e2e_interval
from core.results.measured import Samples
from tests.samples import a_result, a_run_environment, a_spec


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


@pytest.mark.parametrize("text", ["-1", "nan", "inf", "free", "", "1e9"])
def test_what_is_no_price_is_refused(text: str) -> None:
    with pytest.raises(RequestError) as caught:
        parse_price(text)
    assert caught.value.field == "price_per_hour"
    assert caught.value.valid


@pytest.mark.parametrize("price", [-0.1, math.nan, math.inf, 1e9])
def test_metrics_refuse_what_is_no_price(price: float) -> None:
    with pytest.raises(RequestError, match="no price"):
        cost_metrics(price)


@pytest.mark.parametrize("share", [0.0, -1.0, 1.1, math.nan])
def test_metrics_refuse_what_is_no_utilisation(share: float) -> None:
    with pytest.raises(RequestError, match="utilisation"):
        cost_metrics(1.0, share)


def test_each_run_may_have_a_price_of_its_own() -> None:
    prices = {"cheap": 1.0, "dear": 10.0}
    per_run, _ = cost_metrics(lambda result: prices[result.run_id])
    cheap, dear = (per_run.read(a_result(run_id)) for run_id in prices)
    assert cheap is not None
    assert dear == pytest.approx(10 * cheap)


def test_a_stored_run_is_priced_by_the_device_it_ran_on() -> None:
    on_gpu = a_run_environment().model_copy(update={"device_name": "NVIDIA H100 80GB HBM3"})
    gpu_run = a_result(spec=a_spec(device="cuda:0"), environment=on_gpu)
    gpu = price_of_run(gpu_run, cpu_count=2)
    assert "H100" in gpu.label
    assert gpu.as_of
    cpu = price_of_run(a_result(), cpu_count=4)
    assert cpu.usd_per_hour == pytest.approx(4 * 0.0504)
    assert cpu.source.startswith("https://")


def test_a_gpu_that_is_not_in_the_table_is_told_as_such() -> None:
    other = a_run_environment().model_copy(update={"device_name": "NVIDIA L40S"})
    run = a_result(spec=a_spec(device="cuda:0"), environment=other)
    assert "not in the table" in price_of_run(run, cpu_count=2).label


def test_a_price_may_be_nothing() -> None:
    assert parse_price("0") == 0.0
    assert math.isclose(parse_price("0.1008"), 0.1008)


def test_a_cost_has_the_interval_of_the_time_that_it_is_of() -> None:
    per_run, per_million = cost_metrics(3.6)
    result = a_result(e2e_s=2.0)
    for metric in (per_run, per_million):
        assert metric.interval is not None
        interval, value = metric.interval(result), metric.read(result)
        assert interval is not None
        assert value is not None
        assert interval.low <= value <= interval.high
        assert metric.interval(a_result(spec=a_spec(repeats=2))) is None
    e2e = e2e_interval(result)
    assert per_run.interval is not None
    found = per_run.interval(result)
    assert e2e is not None
    assert found is not None
    assert found.low == pytest.approx(3.6 * e2e.low / 3600)
