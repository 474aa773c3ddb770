"""What can be served at most, curves, and loads that are refused before they are measured."""

import pytest

from core.analysis.batching.capacity import (
    capacity_per_s,
    full_queue,
    load_problems,
    overload_of,
    rate_of,
)
from core.analysis.batching.curve import curve_of, rates_for
from core.analysis.batching.knee import KNEE_FACTOR, NEAR
from core.analysis.batching.load_words import curve_words
from core.analysis.batching.serving_metrics import serving_metrics
from core.analysis.batching.settled import requests_at
from core.analysis.batching.simulator import simulate
from core.analysis.batching.step_time import fit_calibration
from core.variants.load import build_load
from core.variants.policy import Policy, PolicyKind
from tests.sample_steps import SampleTimes, a_calibration, constant_times

FIXED = {"prompt_lengths": "10", "output_lengths": "5"}
TIMES = SampleTimes()
ALL = tuple(Policy(kind=kind, batch_size=4) for kind in PolicyKind)


def test_capacity_is_that_of_full_batches() -> None:
    load, times = build_load(FIXED), constant_times(0.1)
    assert capacity_per_s(load, Policy(kind="none"), times) == pytest.approx(2)
    for kind in ("static", "window", "grouped"):
        assert capacity_per_s(load, Policy(kind=kind, batch_size=4), times) == pytest.approx(8)
    continuous = capacity_per_s(load, Policy(kind="continuous", batch_size=4), times)
    assert continuous == pytest.approx(8, rel=0.02)


@pytest.mark.parametrize(
    "kind",
    [{}, {"arrivals": "bursts", "burst_size": 7}, {"arrivals": "bursts", "on_s": 5, "off_s": 3}],
)
def test_a_capacity_is_found_once_for_all_rates_and_lengths(
    kind: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And is what a queue of the load at its own rate gives."""
    loads = [
        build_load({**kind, "rate_per_s": rate, "requests": n}) for rate, n in ((0.2, 90), (7, 5))
    ]
    for policy in ALL:
        first, second = (capacity_per_s(load, policy, TIMES) for load in loads)
        assert first == second == rate_of(full_queue(loads[1], policy, TIMES)[0])
    monkeypatch.setattr("core.analysis.batching.capacity.full_queue", None)
    assert capacity_per_s(build_load({**kind, "rate_per_s": 3}), ALL[0], TIMES) > 0


def test_what_was_simulated_and_fitted_lately_is_not_made_again() -> None:
    calibration = a_calibration()
    again = calibration.model_copy(update={"measured_at": None})
    assert fit_calibration(calibration) is fit_calibration(again)
    load, times = build_load({"requests": 9}), fit_calibration(calibration)
    assert simulate(load, ALL[1], times) is simulate(load, ALL[1], times)
    assert simulate(load, ALL[1], times) is not simulate(load, ALL[2], times)


def test_throughput_reaches_the_capacity_and_never_passes_it() -> None:
    load = build_load({"requests": 2000, "rate_per_s": 1000})
    for policy in ALL:
        rate = serving_metrics(simulate(load, policy, TIMES), None).requests_per_s
        assert rate == pytest.approx(capacity_per_s(load, policy, TIMES), rel=0.05)


def test_the_capacity_of_a_trace_is_that_of_its_rows() -> None:
    rows = "arrival_s,prompt_tokens,output_tokens\n0,10,1\n1,10,3\n"
    load = build_load({"trace": rows})
    assert capacity_per_s(load, ALL[0], constant_times(0.5)) == pytest.approx(1.0, rel=0.01)


def test_curves_go_from_idle_to_overloaded() -> None:
    every = rates_for(build_load({}), ALL, TIMES)
    assert list(every) == sorted(every)
    rates = (*every[::4], every[-1])
    requests_at.cache_clear()
    for policy in ALL:
        curve = curve_of(build_load({}), policy, TIMES, rates, 1.0)
        shown = [point.rate_per_s for point in curve.points]
        assert shown == sorted({*rates, curve.knee_per_s or 0})
        assert not curve.points[0].overloaded
        assert curve.points[-1].overloaded
        assert (curve.knee_per_s or 0) < curve.capacity_per_s
        assert curve.notes == ()
    assert requests_at.cache_info().hits >= len(rates) * (len(ALL) - 1)  # drawn for all alike


def test_at_its_knee_a_policy_is_still_quick_and_soon_after_it_is_not() -> None:
    policy, times = Policy(kind="none"), constant_times(0.1)
    knee = curve_of(build_load(FIXED), policy, times, (), None).knee_per_s or 0
    curve = curve_of(build_load(FIXED), policy, times, (NEAR * knee,), None)
    at, after = (point.metrics.e2e_p95_s or 0 for point in curve.points)
    assert at <= KNEE_FACTOR * (curve.unloaded_p95_s or 0) < after


def test_the_knee_hangs_on_no_rates_and_stands_on_the_curve() -> None:
    policy = Policy(kind="static")
    usual, high, none = (
        curve_of(build_load({}), policy, TIMES, rates, None) for rates in ((1.0, 2.0), (5, 10), ())
    )
    assert usual.knee_per_s == high.knee_per_s == none.knee_per_s
    assert usual.knee_per_s == pytest.approx(2.19, rel=0.01)
    assert [point.rate_per_s for point in high.points] == [high.knee_per_s, 5, 10]


def test_loads_that_differ_in_rate_and_length_alone_have_one_curve() -> None:
    one, other = build_load({}), build_load({"rate_per_s": 7, "requests": 33})
    assert curve_of(one, ALL[2], TIMES, (1.0,), None) == curve_of(
        other, ALL[2], TIMES, (1.0,), None
    )


def test_a_curve_over_periods_is_of_the_rate_on_its_axis() -> None:
    load = build_load({"arrivals": "bursts", "on_s": 10, "off_s": 20, "output_lengths": "1"})
    policy, times = Policy(kind="none"), constant_times(0.02)
    curve = curve_of(load, policy, times, (40.0,), 1.0)
    point = curve.points[-1]
    assert curve.notes == ()
    assert point.metrics.requests_per_s == pytest.approx(40, rel=0.02)
    assert point.metrics.utilisation == pytest.approx(0.8, abs=0.02)
    assert point.metrics.e2e_p95_s == pytest.approx(13.7, rel=0.05)


def test_rates_at_which_periods_are_too_long_are_left_out_and_it_is_said() -> None:
    load = build_load({"arrivals": "bursts", "on_s": 1000, "off_s": 1000})
    curve = curve_of(load, ALL[1], constant_times(10.0), (0.02, 2.0), 1.0)
    assert [point.rate_per_s for point in curve.points] == [curve.knee_per_s, 0.02]
    told = "No curve above 1.00 requests/s: 10 periods are more than 20,000 requests."
    assert curve.notes == (told,)


def test_bursts_too_large_to_settle_have_no_points_and_it_is_said() -> None:
    load = build_load({"arrivals": "bursts", "burst_size": 1000})
    curve = curve_of(load, ALL[0], TIMES, (0.1, 1.0), None)
    assert (curve.points, curve.knee_per_s) == ((), None)
    assert curve.notes == (
        "No curve at any rate: 40 bursts of 1,000 are more than 20,000 requests.",
    )
    assert curve_words(load, [curve]) == "No point can be simulated."


def test_how_many_requests_a_curve_is_of_is_told() -> None:
    load = build_load({"arrivals": "bursts", "burst_size": 50})
    curves = [curve_of(load, ALL[1], TIMES, (0.5,), None)]
    assert curve_words(load, curves) == "Each point is of 2,001 requests."
    rows = "".join(f"{n},5,2\n" for n in range(2100))
    trace = build_load({"trace": "arrival_s,prompt_tokens,output_tokens\n" + rows})
    curves = [curve_of(trace, ALL[1], TIMES, (0.5,), None)]
    assert curve_words(trace, curves) == "Each point is of the first 2,000 requests of the trace."


def test_a_load_that_can_be_served_has_no_problems() -> None:
    load = build_load({**FIXED, "rate_per_s": 1})
    for policy in ALL:
        assert load_problems(load, policy, TIMES, context=15) == ()
        assert overload_of(load, policy, TIMES) is None


def test_more_than_can_be_served_is_told_with_the_highest_rate() -> None:
    load = build_load({**FIXED, "rate_per_s": 4, "requests": 400})
    (problem,) = load_problems(load, Policy(kind="none"), constant_times(0.1))
    assert problem.field == "rate_per_s"
    assert "utilisation 2.00" in problem.reason
    assert "grows by 2.00 requests each second" in problem.reason
    assert problem.valid == ("below 2.00 requests/s",)
    overload = overload_of(load, Policy(kind="none"), constant_times(0.1))
    assert overload is not None
    assert overload.queue_at_end == pytest.approx(200, rel=0.15)
    assert overload.serving_s == pytest.approx(200, rel=0.02)
    assert load_problems(load, Policy(kind="static", batch_size=8), constant_times(0.1)) == ()


def test_what_comes_before_the_first_pause_is_judged_by_its_own_rate() -> None:
    periods = {"arrivals": "bursts", "on_s": 10, "off_s": 20, "rate_per_s": 1}
    policy, times = Policy(kind="none"), constant_times(0.1)  # 2 requests/s at most
    (problem,) = load_problems(build_load({**FIXED, **periods, "requests": 20}), policy, times)
    assert (problem.field, problem.value) == ("rate_per_s", 1)
    assert "none comes after the first pause, so that 3.00 come each second" in problem.reason
    assert "utilisation 1.50" in problem.reason
    assert problem.valid == ("below 0.667 requests/s",)
    assert load_problems(build_load({**FIXED, **periods, "requests": 200}), policy, times) == ()


def test_a_part_of_a_trace_is_judged_by_its_own_rate() -> None:
    rows = "".join(f"{n / 10},10,5\n" for n in range(50)) + "10000,10,5\n"
    values = {"trace": "arrival_s,prompt_tokens,output_tokens\n" + rows, "requests": 50}
    (problem,) = load_problems(build_load(values), Policy(kind="none"), constant_times(0.1))
    assert "utilisation 5.00" in problem.reason


def test_a_trace_in_which_all_come_at_once_has_no_rate_to_be_too_high() -> None:
    load = build_load({"trace": "arrival_s,prompt_tokens,output_tokens\n3,10,5\n3,10,5\n"})
    assert load_problems(load, ALL[0], TIMES) == ()


def test_requests_beyond_the_context_are_told() -> None:
    load = build_load({"prompt_lengths": "uniform:10-90", "output_lengths": "20"})
    (problem,) = load_problems(load.at_rate(0.01), ALL[0], TIMES, context=100)
    assert problem.field == "output_lengths"
    assert "context of 100 tokens" in problem.reason
    rows = "arrival_s,prompt_tokens,output_tokens\n9,10,1\n0,200,3\n"
    (problem,) = load_problems(build_load({"trace": rows}), ALL[0], TIMES, context=100)
    assert problem.field == "prompt_lengths"
    assert "line 3 of the trace" in problem.reason


def test_steps_beyond_those_measured_are_told_of_full_batches_not_of_filling_the_server() -> None:
    fitted = fit_calibration(a_calibration())
    load = build_load({"prompt_lengths": "70", "output_lengths": "uniform:20-60"})
    few, many = (
        curve_of(load, Policy(kind="continuous", batch_size=size), fitted, (), None)
        for size in (8, 16)
    )
    assert few.notes == ()  # though eight prompts join at once when the queue begins
    assert "At the highest rate: mixed steps of 16 rows: measured up to 8." in many.notes
