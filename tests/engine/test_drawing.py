"""Synthetic prompts are the very tokens that PyTorch's generator draws, with and without it."""

import pytest
import torch

from core.engine.drawing import synthetic_ids


@pytest.mark.parametrize("seed", [0, 1, 12345, 2**32 - 1])
def test_the_tokens_are_those_of_torch(seed: int) -> None:
    special, vocabulary = {0, 2, 17}, 49_152
    generator = torch.Generator().manual_seed(seed)
    ordinary = torch.tensor([i for i in range(vocabulary) if i not in special])
    picks = torch.randint(len(ordinary), (500,), generator=generator)
    assert synthetic_ids(special, vocabulary, 500, seed) == ordinary[picks].tolist()


def test_no_special_token_is_drawn() -> None:
    assert set(synthetic_ids([0, 1], 4, 200, seed=3)) == {2, 3}
