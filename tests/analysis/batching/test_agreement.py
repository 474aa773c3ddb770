"""Measured loads held against their simulation."""

import pytest

from core.analysis.batching.agreement import agreement
from core.analysis.batching.simulator import simulate
from core.results.serving import ServedLoad
from core.variants.load import Load
from core.variants.policy import Policy
from tests.sample_steps import SampleTimes

LOAD = Load(requests=40, rate_per_s=0.2)
POLICY = Policy(batch_size=4)


def measured(slower: float) -> ServedLoad:
    """The load on a machine whose steps take so many times as long."""
    times = SampleTimes(0.05 * slower, 0.005 * slower, 0.001 * slower, 1e-6 * slower)
    return simulate(LOAD, POLICY, times).model_copy(update={"simulated": False})


def test_the_same_machine_agrees_in_every_figure() -> None:
    found = agreement([measured(1.0)], SampleTimes(), 1.0)
    assert found.holds
    assert found.simulated.simulated
    assert {one.share for one in found.deviations} <= {0.0, None}
    assert len(found.deviations) > 10


def test_a_slower_machine_is_off_in_latency_and_not_in_what_came() -> None:
    found = agreement([measured(3.0)], SampleTimes())
    latency, tokens = found.of("e2e_p50_s"), found.of("output_tokens_per_s")
    assert latency.share is not None
    assert tokens.share is not None
    assert latency.share < -0.3
    assert abs(tokens.share) < 0.1
    assert not found.holds


def test_repeats_count_as_their_median_and_are_kept() -> None:
    found = agreement([measured(1.0), measured(9.0), measured(1.0)], SampleTimes())
    latency = found.of("e2e_p50_s")
    assert found.holds
    assert latency.measured == pytest.approx(latency.simulated)
    assert len(latency.repeats) == 3
    assert latency.repeats[1] != latency.repeats[0]


def test_the_rate_is_named_where_there_are_several() -> None:
    assert agreement([measured(1.0)], SampleTimes()).label == "window 4, 0.5 s"
    named = agreement([measured(1.0)], SampleTimes(), None, 0.2)
    assert named.label == "window 4, 0.5 s at 0.200 requests/s"


def test_what_is_unknown_has_no_deviation() -> None:
    found = agreement([measured(1.0)], SampleTimes())
    cost = found.of("usd_per_million_tokens")
    assert (cost.simulated, cost.measured, cost.share) == (None, None, None)
