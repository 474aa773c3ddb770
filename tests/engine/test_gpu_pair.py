"""Pairs on an NVIDIA GPU: both variants on the device, the other's bytes subtracted."""

from collections.abc import Iterator

import pytest

from core.jobs.local_executor import LocalExecutor
from core.results.types import RunResult
from core.variants.pairing import PairPlan
from core.variants.request import build_spec
from tests.carrying import run_pair

pytestmark = pytest.mark.gpu


@pytest.fixture
def executor() -> Iterator[LocalExecutor]:
    made = LocalExecutor("cuda:0")
    yield made
    made.close()


@pytest.mark.usefixtures("bundled_model")
def test_two_precisions_in_turns(executor: LocalExecutor) -> None:
    common = {"device": "cuda:0", "max_new_tokens": 16, "quality": False}
    specs = build_spec(common), build_spec({**common, "precision": "bf16"})
    plan = PairPlan(most_pairs=16)
    a, b = run_pair(executor, ("run-a", "run-b"), specs, plan)
    assert isinstance(a, RunResult), a
    assert isinstance(b, RunResult), b
    assert b.memory.other_variants_bytes == a.memory.weights_bytes
    assert a.memory.peak_bytes is not None
    assert b.memory.peak_bytes is not None
    assert b.memory.peak_bytes < 0.75 * a.memory.peak_bytes
    assert len(a.samples.token_s) == len(b.samples.token_s) >= 6
