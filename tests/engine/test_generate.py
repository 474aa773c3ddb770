"""One generation of a tiny real model."""

from pathlib import Path

import pytest
import torch

from core.engine.cancellation import Cancellation
from core.engine.device import CpuDevice
from core.engine.generate import Generation
from core.engine.inputs import prompt_ids
from core.engine.instruments import ForwardCounter, StampTokens
from core.engine.loader import Loaded, load
from core.errors import RunCancelled
from core.variants.decoding import Decoding
from core.variants.environment import read_environment
from core.variants.kv_cache import KVCache, support
from core.variants.spec import StopRule, VariantSpec, Workload
from tests.sample_machines import a_cpu


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
    assert cached.run_with_cache()[1].get_seq_length() == cached.inputs.prompt_tokens + 5
    assert uncached.run_with_cache()[1] is None


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


CACHES_HERE = [
    cache
    for cache in (KVCache.STATIC, KVCache.QUANTISED_FP8)
    if support(cache, read_environment(), a_cpu()).usable
]


@pytest.mark.parametrize("cache", CACHES_HERE)
def test_each_kind_of_cache_continues_the_text_again_and_again(
    loaded: Loaded, device: CpuDevice, cache: KVCache
) -> None:
    plain = generation(loaded, device, Workload(max_new_tokens=6)).run()
    other = generation(loaded, device, Workload(max_new_tokens=6, kv_cache=cache))
    first, second = other.run(), other.run()
    assert torch.equal(first, second)
    assert first.shape == plain.shape
    if cache is KVCache.STATIC:
        assert torch.equal(first, plain)


def test_rows_of_mixed_length_get_what_each_would_get_alone(
    loaded: Loaded, device: CpuDevice
) -> None:
    mixed = Workload(batch_size=3, prompt_tokens=12, shortest_prompt_tokens=4, max_new_tokens=5)
    together = generation(loaded, device, mixed)
    assert together.inputs.lengths == (4, 8, 12)
    assert together.inputs.attention_mask.sum(dim=1).tolist() == [4, 8, 12]
    new = together.new_tokens(together.run())
    ids = prompt_ids(loaded.tokenizer, mixed, loaded.model.config.vocab_size)
    for row, length in enumerate((4, 8, 12)):
        alone = torch.tensor([ids[-length:]])
        expected = loaded.model.generate(
            input_ids=alone,
            attention_mask=torch.ones_like(alone),
            max_new_tokens=5,
            min_new_tokens=5,
            do_sample=False,
        )
        assert new[row].tolist() == expected[0, length:].tolist()


def test_a_stop_string_ends_its_row_and_counts_to_the_token_that_completes_it(
    loaded: Loaded, device: CpuDevice
) -> None:
    diverse = Workload(max_new_tokens=8, stop=StopRule.NATURAL, no_repeat_ngram_size=1)
    free = generation(loaded, device, diverse)
    text = free.describe(free.run())
    third = loaded.tokenizer.decode(text.token_ids[2:3])
    before = loaded.tokenizer.decode(text.token_ids[:2])
    assert third not in before
    asked = diverse.model_copy(update={"stop_strings": (third,)})
    stopped = generation(loaded, device, asked)
    sequences = stopped.run()
    assert stopped.count_new(sequences) == (3,)
    assert stopped.stopped_by(sequences) == {"stop string": 1}


def test_a_time_limit_ends_generation_early_and_is_named(loaded: Loaded, device: CpuDevice) -> None:
    hasty = Workload(max_new_tokens=400, stop=StopRule.NATURAL, time_limit_s=1e-6)
    once = generation(loaded, device, hasty)
    sequences = once.run()
    assert once.count_new(sequences) == (1,)
    assert once.stopped_by(sequences) == {"time limit": 1}


def test_max_length_caps_prompt_and_output_together(loaded: Loaded, device: CpuDevice) -> None:
    once = generation(loaded, device, Workload(prompt_tokens=10, max_length=14))
    assert once.count_new(once.run()) == (4,)


def test_no_ngram_comes_twice(loaded: Loaded, device: CpuDevice) -> None:
    strict = Workload(prompt_tokens=6, max_new_tokens=60, no_repeat_ngram_size=1)
    tokens = generation(loaded, device, strict).run()[0].tolist()
    assert len(set(tokens[6:])) == 60


def test_guessed_tokens_change_the_passes_and_not_the_text(
    loaded: Loaded, device: CpuDevice
) -> None:
    prompt = "one two three one two three one two"
    plain = generation(loaded, device, Workload(prompt=prompt, max_new_tokens=24))
    lookup = Workload(prompt=prompt, max_new_tokens=24, decoding=Decoding.PROMPT_LOOKUP)
    guessed = generation(loaded, device, lookup)
    with ForwardCounter(loaded) as counted:
        sequences = guessed.run()
    assert torch.equal(sequences, plain.run())
    read = sum(tokens for _, tokens in counted.passes)
    assert len(counted.passes) <= 24
    assert read >= guessed.inputs.prompt_tokens + len(counted.passes) - 1


def test_a_draft_that_is_always_right_saves_most_passes(
    loaded: Loaded, device: CpuDevice, tiny_model_folder: Path
) -> None:
    twin = load(VariantSpec(model=str(tiny_model_folder)), tiny_model_folder, device)
    workload = Workload(
        max_new_tokens=12, decoding=Decoding.SPECULATIVE, draft_model="twin", draft_tokens=5
    )
    once = Generation(loaded, workload, device, Cancellation(), twin)
    with ForwardCounter(loaded) as own, ForwardCounter(twin) as drafts:
        sequences = once.run()
    assert torch.equal(sequences, generation(loaded, device, Workload(max_new_tokens=12)).run())
    # Each pass checks five guesses and adds a token of its own: twelve tokens in two passes.
    assert len(own.passes) == 2
    assert len(drafts.passes) == 10


def test_tokens_of_one_pass_were_there_together(device: CpuDevice) -> None:
    stamps = StampTokens(1, device)
    for length, moment in ((12, 1.0), (13, 2.0), (16, 4.0)):
        stamps.lengths.append(length)
        stamps.stamps.append(moment)
    assert stamps.seconds(0.5, 10) == (0.5, 0.5, 1.5, 3.5, 3.5, 3.5)


def test_guesses_that_are_asked_about_before_their_pass_get_no_stamp(device: CpuDevice) -> None:
    """As transformers before 5.19 asks: about the guesses first, then about what proved right."""
    passes: list[object] = []
    stamps = StampTokens(1, device, passes)
    for guessed, proved in ((15, 16), (21, 18), (20, 20)):
        stamps(torch.zeros((1, guessed)))
        passes.append("a forward pass")
        stamps(torch.zeros((1, proved)))
    assert stamps.lengths == [16, 18, 20]
    assert len(stamps.seconds(0.0, 10)) == 10
