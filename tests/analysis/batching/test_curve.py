"""What can be served at most, knees, and loads that are refused before they are measured."""

import pytest

from core.analysis.batching.capacity import capacity_per_s, load_problems, overload_of
from core.analysis.batching.curve import KNEE_FACTOR, CurvePoint, curve_of, knee_of, rates_for
from core.analysis.batching.serving_metrics import serving_metrics
from core.analysis.batching.simulator import simulate
from core.variants.load import build_load
from core.variants.policy import Policy, PolicyKind
from tests.sample_steps import SampleTimes, constant_times

FIXED = {"prompt_lengths": "10", "output_lengths": "5"}
TIMES = SampleTimes()
ALL = tuple(Policy(kind=kind, batch_size=4) for kind in PolicyKind)


def a_point(rate_per_s: float, p95_s: float, overloaded: bool = False) -> CurvePoint:
    """A point of that p95; the rest is that of a real simulation."""
    metrics = serving_metrics(simulate(build_load({}), ALL[0], TIMES), None)
    changed = {**metrics.__dict__, "e2e_p95_s": p95_s}
    return CurvePoint(rate_per_s, type(metrics)(**changed), overloaded)


def test_capacity_is_that_of_full_batches() -> None:
    load, times = build_load(FIXED), constant_times(0.1)
    assert capacity_per_s(load, Policy(kind="none"), times) == pytest.approx(2)
    for kind in ("static", "window", "grouped"):
        assert capacity_per_s(load, Policy(kind=kind, batch_size=4), times) == pytest.approx(8)
    continuous = capacity_per_s(load, Policy(kind="continuous", batch_size=4), times)
    assert continuous == pytest.approx(8, rel=0.02)


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
    for policy in ALL:
        curve = curve_of(build_load({}), policy, TIMES, rates, 1.0)
        assert [point.rate_per_s for point in curve.points] == list(rates)
        assert not curve.points[0].overloaded
        assert curve.points[-1].overloaded
        assert curve.knee_per_s in rates
        assert curve.knee_per_s < curve.capacity_per_s


def test_at_its_knee_a_policy_is_still_quick_and_soon_after_it_is_not() -> None:
    rates = [0.1 * step for step in range(1, 25)]
    curve = curve_of(build_load(FIXED), Policy(kind="none"), constant_times(0.1), rates, None)
    assert curve.unloaded_p95_s is not None
    limit_s = KNEE_FACTOR * curve.unloaded_p95_s
    at = [point.metrics.e2e_p95_s or 0 for point in curve.points]
    knee = rates.index(curve.knee_per_s or 0)
    assert at[knee] <= limit_s < at[knee + 1]


@pytest.mark.parametrize(
    ("p95s", "knee"),
    [
        ([1, 1.1, 2.9, 3.1, 9], 3),
        ([9, 2, 1, 2, 4], 4),  # a static batch that is slow to fill
        ([1, 1, 1, 1, 1], None),
        ([4, 5, 6, 7, 8], None),
    ],
)
def test_the_knee_is_the_last_rate_within_the_factor(p95s: list[float], knee: int | None) -> None:
    points = [a_point(rate, p95) for rate, p95 in enumerate(p95s, start=1)]
    assert knee_of(points, 1.0) == knee
    assert knee_of(points, None) is None


def test_an_overloaded_rate_is_beyond_the_knee_whatever_it_showed() -> None:
    points = [a_point(1, 1), a_point(2, 1), a_point(3, 1, overloaded=True)]
    assert knee_of(points, 1.0) == 2


def test_a_load_that_can_be_served_has_no_problems() -> None:
    load = build_load({**FIXED, "rate_per_s": 1})
    for policy in ALL:
        assert load_problems(load, policy, TIMES, context=15, most_s=3600) == ()
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


def test_a_load_that_would_take_too_long_is_told_before() -> None:
    load = build_load({**FIXED, "rate_per_s": 0.01, "requests": 100})
    (problem,) = load_problems(load, ALL[0], TIMES, most_s=3600)
    assert problem.field == "requests"
    assert "about 3 h" in problem.reason
