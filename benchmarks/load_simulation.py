"""Seconds of simulating a thousand requests under each policy, and all curves of a page."""

import time
from collections.abc import Iterator

from benchmarks.rows import Row, within
from core.analysis.batching.curve import curve_of, rates_for
from core.analysis.batching.simulator import simulate
from core.variants.arrivals import requests_of
from core.variants.load import build_load
from core.variants.policy import Policy, PolicyKind
from tests.sample_steps import SampleTimes

REQUESTS, REPEATS, LIMIT_S, CURVES_LIMIT_S = 1000, 9, 1.0, 10.0
RATES_PER_S = (0.2, 1.0, 5.0, 50.0)  # from idle to all at once
LONG_ANSWERS = "lognormal:512:1:1-4096"


def measure() -> Iterator[Row]:
    """A row for each policy, with long answers; the slowest of the rates counts."""
    times = SampleTimes()
    policies = [Policy(kind=kind) for kind in PolicyKind]
    for policy in policies:
        took = [max(_seconds(policy, rate) for rate in RATES_PER_S) for _ in range(REPEATS)]
        yield within(f"1,000 requests, {policy.label}", took, LIMIT_S, "s")
    load, start = build_load({"requests": REQUESTS}), time.perf_counter()
    rates = rates_for(load, policies, times)
    for policy in policies:
        curve_of(load, policy, times, rates, None)
    took = [time.perf_counter() - start]
    yield within("curves of all policies", took, CURVES_LIMIT_S, "s")


def _seconds(policy: Policy, rate_per_s: float) -> float:
    """Simulating alone, the load drawn before."""
    values = {"requests": REQUESTS, "rate_per_s": rate_per_s, "output_lengths": LONG_ANSWERS}
    load = build_load(values)
    requests_of(load)
    start = time.perf_counter()
    simulate(load, policy, SampleTimes())
    return time.perf_counter() - start
