"""Deltas and their directions."""

from dataclasses import replace

import pytest

from core.analysis.baseline import delta, deltas, workload_differences
from core.results.measured import Samples
from core.results.metrics import BY_KEY, METRICS
from tests.samples import a_result, a_spec

SLOW, FAST = a_result(e2e_s=2.0), a_result(e2e_s=1.0)


def test_lower_is_better_for_latency_and_higher_for_throughput() -> None:
    e2e = delta(BY_KEY["e2e_s"], FAST, SLOW)
    assert e2e.relative == pytest.approx(-0.5)
    assert e2e.better is True
    throughput = delta(BY_KEY["output_tokens_per_s"], FAST, SLOW)
    assert throughput.relative == pytest.approx(1.0)
    assert throughput.better is True
    assert delta(BY_KEY["e2e_s"], SLOW, FAST).better is False


def test_a_run_against_itself_has_changed_nothing() -> None:
    for found in deltas(METRICS, SLOW, SLOW):
        assert found.better is None
        assert found.relative in (0.0, None)


def test_what_is_unknown_on_either_side_has_no_delta() -> None:
    unmeasured = a_result(samples=Samples())
    for pair in ((unmeasured, SLOW), (SLOW, unmeasured)):
        found = delta(BY_KEY["ttft_s"], *pair)
        assert (found.relative, found.better) == (None, None)
    assert delta(BY_KEY["ttft_s"], SLOW, None).relative is None


def test_a_metric_without_direction_is_never_better() -> None:
    changed = a_result(e2e_s=1.0, ttft_s=0.5)
    assert delta(BY_KEY["instrument_overhead"], changed, SLOW).better is None


def test_another_workload_is_no_comparison_of_like_with_like() -> None:
    assert workload_differences(FAST, SLOW) == ()
    lever = a_result(spec=a_spec(precision="nf4", kv_cache="off", repeats=9))
    assert workload_differences(lever, SLOW) == ()
    longer = a_result(spec=a_spec(max_new_tokens=8, prompt_tokens=50))
    assert workload_differences(longer, SLOW) == (
        "max_new_tokens 8 against 32",
        "prompt tokens 50 against 9",
    )


@pytest.mark.parametrize(("value", "against"), [(0.01, -0.01), (-0.01, 0.01)])
def test_a_change_of_sign_is_no_percentage(value: float, against: float) -> None:
    metric = replace(BY_KEY["e2e_s"], read=lambda result: value if result is FAST else against)
    assert delta(metric, FAST, SLOW).relative is None
