"""One generation of a tiny real model."""

from pathlib import Path

import pytest
import torch

from core.engine.cancellation import Cancellation
from core.engine.device import CpuDevice
from core.engine.generate import Generation, StampTokens, prompt_ids
from core.engine.loader import Loaded, load
from core.errors import RunCancelled
from core.variants.kv_cache import KVCache
from core.variants.spec import StopRule, VariantSpec, Workload


@pytest.fixture(scope="module")
def device() -> CpuDevice:
    return CpuDevice()


@pytest.fixture(scope="module")
def loaded(tiny_model_folder: Path, device: CpuDevice) -> Loaded:
    return load(VariantSpec(model=str(tiny_model_folder)), tiny_model_folder, device)


def generation(loaded: Loaded, device: CpuDevice, workload: Workload) -> Generation:
    return Generation(loaded, workload, device, Cancellation())


def test_a_fixed_length_gives_exactly_that_many_tokens_in_each_row(
    loaded: Loaded, device: CpuDevice
) -> None:
    once = generation(loaded, device, Workload(batch_size=3, max_new_tokens=7))
    assert once.count_new(once.run()) == (7, 7, 7)


def test_rows_of_one_prompt_are_alike_and_greedy_repeats_itself(
    loaded: Loaded, device: CpuDevice
) -> None:
    once = generation(loaded, device, Workload(batch_size=2, max_new_tokens=5))
    first, second = once.run(), once.run()
    assert torch.equal(first, second)
    assert torch.equal(first[0], first[1])


def test_the_cache_changes_the_cost_and_not_the_tokens(loaded: Loaded, device: CpuDevice) -> None:
    cached = generation(loaded, device, Workload(max_new_tokens=6))
    uncached = generation(loaded, device, Workload(max_new_tokens=6, kv_cache=KVCache.OFF))
    assert torch.equal(cached.run(), uncached.run())
    assert cached.run(keep_cache=True).past_key_values is not None
    assert uncached.run(keep_cache=True).past_key_values is None


def test_a_natural_stop_counts_to_the_end_of_sequence_and_no_padding(
    loaded: Loaded, device: CpuDevice
) -> None:
    once = generation(loaded, device, Workload(max_new_tokens=4, stop=StopRule.NATURAL))
    stop = once.loaded.model.generation_config.eos_token_id
    prompt = once.inputs.prompt_tokens
    rows = torch.tensor([[7] * prompt + [5, stop, 0, 0], [7] * prompt + [5, 6, 8, 9]])
    assert once.count_new(rows) == (2, 4)


def test_each_token_is_stamped_once_and_in_order(loaded: Loaded, device: CpuDevice) -> None:
    once = generation(loaded, device, Workload(max_new_tokens=5))
    stamps = StampTokens(1, device)
    once.run(stamps)
    assert len(stamps.stamps) == 5
    assert stamps.stamps == sorted(stamps.stamps)


def test_a_cancelled_run_stops_between_tokens(loaded: Loaded, device: CpuDevice) -> None:
    cancellation = Cancellation()
    cancellation.begin("run-1")
    once = Generation(loaded, Workload(max_new_tokens=400), device, cancellation)
    cancellation.cancel("run-1")
    with pytest.raises(RunCancelled):
        once.run()


def test_synthetic_prompts_repeat_with_their_seed_and_hold_no_special_token(
    loaded: Loaded,
) -> None:
    vocabulary = loaded.model.config.vocab_size
    ids = [
        prompt_ids(loaded.tokenizer, Workload(prompt_tokens=50, seed=seed), vocabulary)
        for seed in (1, 1, 2)
    ]
    assert ids[0] == ids[1] != ids[2]
    assert len(ids[0]) == 50
    assert not set(ids[0]) & set(loaded.tokenizer.all_special_ids)
