"""The protocols of an engine, with one that counts: what measures latency takes it as it is."""

import pytest

from core.engine.adapters.adapter import Adapter, EngineRunner
from core.engine.cancellation import Cancellation
from core.engine.latency import both_passes, samples_of, warm_up
from core.errors import RunCancelled
from core.variants.spec import VariantSpec, Workload
from tests.engine.adapters.fake_engine import CountingEngine

WORKLOAD = Workload(prompt="one two three", batch_size=2, max_new_tokens=4)


def a_runner(cancellation: Cancellation | None = None) -> EngineRunner:
    adapter: Adapter = CountingEngine(VariantSpec())
    return adapter.runner(WORKLOAD, cancellation or Cancellation())


def test_any_runner_is_timed_alike() -> None:
    runner = a_runner()
    warm = warm_up(runner, 6, lambda *_: None)
    passes = both_passes(runner, 5, lambda *_: None, lambda: None)
    samples = samples_of(warm, passes)
    assert (len(samples.e2e_s), samples.e2e_tokens) == (5, (8,) * 5)
    assert all(len(times) == 4 and list(times) == sorted(times) for times in samples.token_s)
    assert min(samples.e2e_s) >= 0.004


def test_a_cancelled_runner_stops_at_a_token() -> None:
    cancellation = Cancellation()
    cancellation.begin("run-1")
    runner = a_runner(cancellation)
    cancellation.cancel("run-1")
    with pytest.raises(RunCancelled):
        runner.headline()
