"""Predicted weights and cache against what is measured, for every variant that runs here: the
bundled model, and gpt2's shape with random weights.
"""

from collections.abc import Iterator

import pytest

from core.analysis.memory import memory_rows
from core.jobs.local_executor import LocalExecutor
from core.results.types import RunResult
from core.variants.environment import read_environment
from core.variants.kv_cache import KVCache
from core.variants.precision import PRECISIONS, Precision
from core.variants.request import build_spec, problems
from tests.carrying import run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
ENVIRONMENT = read_environment()
SMALLEST = {"max_new_tokens": 3, "warmup": 0, "repeats": 1, "quality": False, "device": "cpu"}
VARIANTS = [
    {"precision": precision, "compute_dtype": dtype}
    for precision in Precision
    for dtype in PRECISIONS[precision].computes
]
CACHES = [
    {"kv_cache": cache, "prompt_tokens": 150, "batch_size": 2, "precision": "bf16"}
    for cache in KVCache
]


@pytest.fixture(scope="module")
def executor() -> Iterator[LocalExecutor]:
    opened = LocalExecutor("cpu")
    yield opened
    opened.close()


@pytest.mark.usefixtures("bundled_model")
@pytest.mark.parametrize(
    "model", [{"model": "smollm2-135m"}, {"model": "gpt2", "weights": "random"}]
)
@pytest.mark.parametrize(
    "levers", [*VARIANTS, *CACHES], ids=lambda levers: "-".join(map(str, levers.values()))
)
def test_weights_and_cache_are_predicted_within_ten_percent(
    executor: LocalExecutor, model: dict[str, str], levers: dict[str, object]
) -> None:
    spec = build_spec({**SMALLEST, **model, **levers})
    if problems(spec, ENVIRONMENT):
        pytest.skip("does not run on this machine")
    result = run(executor, "run-1", spec)
    assert isinstance(result, RunResult), result
    rows = {row.part: row for row in memory_rows(result)}
    predicted = [rows[part].predicted_bytes or 0 for part in ("Weights", "KV cache")]
    measured = [rows[part].measured_bytes or 0 for part in ("Weights", "KV cache")]
    assert sum(predicted) == pytest.approx(sum(measured), rel=0.10)
    assert predicted[1] == pytest.approx(measured[1], rel=0.10)
