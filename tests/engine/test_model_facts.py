"""What a step costs, read off real architectures (without memory) and off quantised weights."""

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, GPT2Config, LlamaConfig, MixtralConfig

from core.engine.device import CpuDevice
from core.engine.loader import load
from core.engine.model_facts import model_facts
from core.results.observed import ModelFacts
from core.variants.precision import Precision
from core.variants.spec import VariantSpec
from tests.sample_rooflines import GPT2, TINY_LLAMA

TINY_LLAMA_CONFIG = {
    "num_hidden_layers": 22,
    "hidden_size": 2048,
    "intermediate_size": 5632,
    "num_attention_heads": 32,
    "num_key_value_heads": 4,
    "vocab_size": 32_000,
    "tie_word_embeddings": False,
}


def test_gpt2_is_read_with_its_convolutions_and_its_tied_head() -> None:
    assert facts(GPT2Config(), torch.float32) == GPT2


def test_a_grouped_query_llama_is_read_without_its_embedding() -> None:
    assert facts(LlamaConfig(**TINY_LLAMA_CONFIG), torch.bfloat16) == TINY_LLAMA


def test_a_tied_llama_has_its_embedding_as_the_head() -> None:
    tied = facts(LlamaConfig(**{**TINY_LLAMA_CONFIG, "tie_word_embeddings": True}), torch.bfloat16)
    assert tied.matmul_parameters == TINY_LLAMA.matmul_parameters
    assert tied.parameters == TINY_LLAMA.parameters - 65_536_000


def test_experts_that_a_step_reads_in_part_are_not_guessed() -> None:
    small = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2}
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(
            MixtralConfig(**small, num_attention_heads=4, num_key_value_heads=2, vocab_size=100)
        )
    assert model_facts(model) is None


# The tiny model has, in each of 2 layers, 64·64·2 + 64·32·2 + 3·64·128 = 36,864 linear weights in
# 64 + 32 + 32 + 64 + 128 + 128 + 64 = 512 rows; the head, tied, is not quantised.
@pytest.mark.parametrize(
    ("precision", "linear_bytes"),
    [
        (Precision.FP32, 73_728 * 4),
        (Precision.FP16, 73_728 * 2),
        (Precision.INT8, 73_728 + 2 * 512 * 4),  # a float32 scale per row
        (Precision.NF4, 73_728 // 2),  # and scales per 64 weights, of a type that differs
    ],
)
def test_bytes_are_those_that_are_stored(
    tiny_model_folder: Path, precision: Precision, linear_bytes: int
) -> None:
    variant = VariantSpec(model=str(tiny_model_folder), precision=precision)
    model = load(variant, tiny_model_folder, CpuDevice()).model
    found = model_facts(model)
    assert found is not None
    vocabulary = model.config.vocab_size
    head_bytes = vocabulary * 64 * found.kv_value_bytes
    assert found.matmul_parameters == 73_728 + vocabulary * 64
    scales = 73_728 / 64 * 4 + 10_000 if precision is Precision.NF4 else 0
    assert 0 <= found.matmul_bytes - head_bytes - linear_bytes <= scales
    assert found.compute_dtype == str(model.dtype).removeprefix("torch.")


def facts(config: Any, dtype: torch.dtype) -> ModelFacts:
    """The facts of a model of that configuration, whose weights take no memory."""
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config, dtype=dtype)
    found = model_facts(model)
    assert found is not None
    return found
