"""Nothing that changes numbers is left to the plugin."""

import contextlib
import sys

import numpy as np
import pytest

from core.engine.adapters.openvino.adapter import log_softmax
from core.engine.adapters.openvino.compiled import settings_of
from core.engine.adapters.openvino.silent import TELEMETRY, import_openvino
from core.variants.kv_cache import KVCache
from core.variants.precision import ComputeDtype


@pytest.mark.parametrize(
    ("dtype", "cache", "expected"),
    [
        (ComputeDtype.FLOAT32, KVCache.DYNAMIC, ("f32", "f32")),
        (ComputeDtype.BFLOAT16, KVCache.DYNAMIC, ("bf16", "bf16")),
        (ComputeDtype.FLOAT32, KVCache.QUANTISED_U8, ("f32", "u8")),
    ],
)
def test_both_types_are_always_said(
    dtype: ComputeDtype, cache: KVCache, expected: tuple[str, str]
) -> None:
    settings = settings_of(dtype, cache)
    assert (settings["INFERENCE_PRECISION_HINT"], settings["KV_CACHE_PRECISION"]) == expected


def test_threads_are_those_of_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert settings_of(ComputeDtype.FLOAT32, KVCache.DYNAMIC)["INFERENCE_NUM_THREADS"] == 3
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert "INFERENCE_NUM_THREADS" not in settings_of(ComputeDtype.FLOAT32, KVCache.DYNAMIC)


def test_its_makers_are_told_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it would send with cannot be imported, whether or not OpenVINO itself can."""
    monkeypatch.delitem(sys.modules, TELEMETRY, raising=False)
    with contextlib.suppress(ModuleNotFoundError):
        import_openvino()
    with pytest.raises(ImportError):
        __import__(TELEMETRY)


def test_log_probabilities_are_those_of_the_logits() -> None:
    logits = np.array([[0.0, 1.0, 2.0], [1e4, 0.0, -1e4]], dtype=np.float32)
    found = log_softmax(logits)
    assert np.exp(found, dtype=np.float64).sum(axis=-1) == pytest.approx([1, 1])
    assert found[0] - found[0, 0] == pytest.approx([0, 1, 2])
    assert logits[0].tolist() == [0, 1, 2]
