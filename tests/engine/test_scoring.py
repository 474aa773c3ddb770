"""Scoring a text: which bytes count, and what a model gave each token."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.engine.compiling import compile_counts, uncompiled
from core.engine.device import CpuDevice
from core.engine.divergence import bits_per_byte, perplexity
from core.engine.loader import load
from core.engine.scoring import context_of, encode, log_probabilities
from core.variants.spec import VariantSpec


class ByteTokenizer:
    """A token for each byte, after a special beginning where one is asked for."""

    def __init__(self, beginning: bool, is_fast: bool = True) -> None:
        self.is_fast = is_fast
        self._first = [(256, (0, 0))] if beginning else []

    def __call__(self, text: str, return_offsets_mapping: bool = False) -> dict[str, Any]:
        of_bytes = [(byte, (at, at + 1)) for at, sign in enumerate(text) for byte in sign.encode()]
        ids, offsets = zip(*(self._first + of_bytes), strict=True)
        return {"input_ids": list(ids)} | (
            {"offset_mapping": list(offsets)} if return_offsets_mapping else {}
        )


def test_the_first_token_is_not_scored_and_neither_are_its_bytes() -> None:
    assert encode(ByteTokenizer(beginning=False), "hello").scored_bytes == 4


def test_after_a_special_beginning_all_bytes_are_scored() -> None:
    encoded = encode(ByteTokenizer(beginning=True), "hello")
    assert encoded.scored_bytes == 5
    assert len(encoded.ids) == 6


def test_bytes_are_those_of_utf_8_and_end_with_the_last_token_read() -> None:
    assert encode(ByteTokenizer(beginning=False), "aüb").scored_bytes == 3
    cut = encode(ByteTokenizer(beginning=False), "abcdef", most_tokens=3)
    assert (cut.ids, cut.scored_bytes) == ([97, 98, 99], 2)


def test_a_tokenizer_without_offsets_leaves_the_bytes_unknown() -> None:
    encoded = encode(ByteTokenizer(beginning=False, is_fast=False), "abcdef", most_tokens=3)
    assert (encoded.ids, encoded.scored_bytes) == ([97, 98, 99], None)


def test_bits_per_byte_and_perplexity() -> None:
    assert bits_per_byte(8 * math.log(2), 4) == pytest.approx(2.0)
    assert perplexity(3 * math.log(5), 3) == pytest.approx(5.0)


@pytest.mark.parametrize("nll", [math.nan, math.inf, 1e6])
def test_what_is_no_number_is_unknown(nll: float) -> None:
    assert perplexity(nll, 3) is None
    if not math.isfinite(nll):
        assert bits_per_byte(nll, 4) is None
    assert bits_per_byte(1.0, None) is None


def test_probabilities_are_those_of_the_model(tiny_model_folder: Path) -> None:
    loaded = load(VariantSpec(model=str(tiny_model_folder)), tiny_model_folder, CpuDevice())
    ids = encode(loaded.tokenizer, "The quick brown fox").ids
    found = log_probabilities(loaded, ids)
    assert found.shape == (len(ids) - 1, loaded.model.config.vocab_size)
    assert np.allclose(np.exp(found).sum(-1), 1.0, atol=1e-4)
    with torch.inference_mode():
        labelled = loaded.model(torch.tensor([ids]), labels=torch.tensor([ids]))
    own = -found[np.arange(len(ids) - 1), ids[1:]].mean()
    assert float(own) == pytest.approx(float(labelled.loss), rel=1e-5)
    assert context_of(loaded, 10_000) == 512
    assert context_of(loaded, 100) == 100


def test_nothing_compiles_within_and_what_was_compiled_stays() -> None:
    compiled = torch.compile(lambda x: x * 2 + 1, backend="eager")
    compiled(torch.ones(3))
    before = compile_counts()
    with uncompiled():
        assert compiled(torch.ones(7, 2)).tolist() == [[3.0, 3.0]] * 7
    compiled(torch.ones(3))
    assert compile_counts() == before
    compiled(torch.ones(7, 2))
    assert compile_counts().since(before).graphs == 1
