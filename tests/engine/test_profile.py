"""What a profiled pass says of a tiny real model."""

from pathlib import Path

import pytest

from core.engine.cancellation import Cancellation
from core.engine.device import CpuDevice
from core.engine.generate import Generation
from core.engine.loader import Loaded, load
from core.engine.profile import profile_forward
from core.variants.spec import VariantSpec, Workload


@pytest.fixture(scope="module")
def loaded(tiny_model_folder: Path) -> Loaded:
    return load(VariantSpec(model=str(tiny_model_folder)), tiny_model_folder, CpuDevice())


def held_bytes(loaded: Loaded, new_tokens: int, **values: object) -> int:
    workload = Workload.model_validate({"max_new_tokens": new_tokens, **values})
    once = Generation(loaded, workload, CpuDevice(), Cancellation())
    return profile_forward(once, new_tokens).activation_bytes


def test_without_a_cache_the_last_pass_is_the_largest(loaded: Loaded) -> None:
    cached = held_bytes(loaded, 91, prompt_tokens=10)
    uncached = held_bytes(loaded, 91, prompt_tokens=10, kv_cache="off")
    whole = held_bytes(loaded, 1, prompt_tokens=100, kv_cache="off")
    assert uncached == pytest.approx(whole, rel=0.02)
    assert uncached > 1.2 * cached


def test_with_a_cache_its_own_passes_are_asked_for_their_kernels(
    loaded: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = Generation(loaded, Workload(max_new_tokens=4), CpuDevice(), Cancellation())
    seen = []
    plain = Loaded.plain_forward

    def noted(self: Loaded, **inputs: object) -> object:
        seen.append(inputs["past_key_values"] is not None)
        return plain(self, **inputs)

    monkeypatch.setattr(Loaded, "plain_forward", noted)
    kernels = profile_forward(once, 4).attention_kernels
    assert seen == [False, True, True]
    assert kernels == ("_scaled_dot_product_flash_attention_for_cpu",)
