"""The samples are consistent in themselves, or tests built on them prove nothing."""

import pytest

from core.results.latency import latency_of
from core.results.types import RunFailure, RunResult
from tests import samples

FIELDS = {
    "precision": "nf4",
    "batch_size": 4,
    "max_new_tokens": 16,
    "repeats": 7,
    "compile": "whole",
}


def test_a_result_has_what_its_spec_asks_for() -> None:
    result = samples.a_result(spec=samples.a_spec(**FIELDS))
    assert len(result.samples.e2e_s) == 7
    assert {len(times) for times in result.samples.token_s} == {16}
    assert result.output.new_tokens == (16,) * 4
    assert sum(result.effective.dtype_bytes.values()) == result.memory.weights_bytes
    assert result.times.compile_s is not None
    assert result.quality is not None


def test_the_latency_is_the_one_asked_for() -> None:
    latency = latency_of(samples.a_result(e2e_s=3.0, ttft_s=0.5))
    assert latency.e2e_s == pytest.approx(3.0, rel=0.02)
    assert latency.ttft_s == pytest.approx(0.5, rel=0.02)
    assert latency.instrument_overhead == pytest.approx(0.02, abs=0.02)


def test_samples_survive_their_own_json() -> None:
    result, failure = samples.a_result(), samples.a_failure()
    assert RunResult.model_validate_json(result.model_dump_json()) == result
    assert RunFailure.model_validate_json(failure.model_dump_json()) == failure
