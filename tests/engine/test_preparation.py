"""Room for a second model beside one that is in use, on a device whose memory is a number."""

from pathlib import Path

import pytest

from core.engine.device import CpuDevice
from core.engine.loader import load
from core.engine.model_cache import BUDGET_VARIABLE, STUCK_BYTES, ModelCache
from core.engine.preparation import MemoryStuck, prepare_beside, prepare_variant
from core.variants.request import build_spec
from core.variants.spec import VariantSpec


@pytest.fixture
def device() -> CpuDevice:
    return CpuDevice()


def variants(folder: Path) -> tuple[VariantSpec, VariantSpec]:
    """The same model in two precisions."""
    first, second = (
        build_spec({"model": str(folder), "precision": p}).variant for p in ("fp32", "bf16")
    )
    return first, second


def test_what_is_measured_stays_beside_its_reference(
    tiny_model_folder: Path, device: CpuDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However small the budget is, and however much the run holds besides its weights."""
    measured, reference = variants(tiny_model_folder)
    monkeypatch.setenv(BUDGET_VARIABLE, "1")
    cache = ModelCache(device, lambda: None)
    cache.put(load(measured, tiny_model_folder, device))
    monkeypatch.setattr(CpuDevice, "used_bytes", lambda _: 2 * STUCK_BYTES)
    prepare_beside(reference, (measured,), cache, device)
    assert set(cache.loaded) == {measured.id, reference.id}


def test_between_runs_memory_that_did_not_come_back_asks_for_a_fresh_process(
    tiny_model_folder: Path, device: CpuDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = ModelCache(device, lambda: None)
    monkeypatch.setattr(CpuDevice, "used_bytes", lambda _: 2 * STUCK_BYTES)
    with pytest.raises(MemoryStuck):
        prepare_variant(
            build_spec({"model": str(tiny_model_folder)}), cache, device, lambda _: None
        )
