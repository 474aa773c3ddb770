"""The catalogue is true: every model builds, and has the parameters that are told of it."""

import json
import re
from pathlib import Path

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM
from transformers.pytorch_utils import Conv1D

from core.variants.catalogue import CATALOGUE, Entry, entries, entry_of_hub_id
from core.variants.models import BUNDLED_KEY, BUNDLED_SHAPE, catalogue, find_model, shape_of
from core.variants.shapes import shape_of_config

ASKED = (
    "smollm2-135m", "distilgpt2", "gpt2", "gpt2-medium", "gpt2-large", "gpt2-xl", "smollm2-360m",
    "smollm2-1.7b",
)  # fmt: skip


def parameters(model: torch.nn.Module) -> tuple[int, int]:
    """Parameters of linear layers that quantisers convert, and all others, of the real model."""
    total = sum(p.numel() for p in model.parameters())
    linear = sum(
        module.weight.numel()
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Linear | Conv1D) and "lm_head" not in name
    )
    return linear, total - linear


@pytest.mark.parametrize("entry", entries().values(), ids=lambda entry: str(entry.key))
def test_a_model_of_its_config_has_the_parameters_that_are_told(
    entry: Entry, tmp_path: Path
) -> None:
    (tmp_path / "config.json").write_text(json.dumps(entry.config))
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(tmp_path))
    shape = shape_of_config(entry.config)
    assert shape is not None
    assert (shape.linear_parameters, shape.other_parameters) == parameters(model)
    assert shape.parameters == entry.parameters
    config = model.config
    assert (shape.layers, shape.heads) == (config.num_hidden_layers, config.num_attention_heads)
    assert shape.head_dim == getattr(config, "head_dim", shape.hidden // shape.heads)
    assert model.generation_config.eos_token_id == entry.config["eos_token_id"]


def test_the_models_that_were_asked_for_and_some_of_1_to_8_billion_are_there() -> None:
    assert tuple(entries())[: len(ASKED)] == ASKED
    large = [e for e in entries().values() if e.parameters > 1e9 and e.key not in ASKED]
    assert len(large) >= 5
    assert max(e.parameters for e in large) > 8e9


def test_each_has_a_licence_a_pinned_commit_and_the_bundled_tokenizers_ids() -> None:
    for entry in entries().values():
        assert entry.licence in ("MIT", "Apache-2.0")
        assert not entry.gated
        assert entry.config["vocab_size"] >= BUNDLED_SHAPE.vocabulary
        if entry.key != BUNDLED_KEY:
            assert re.fullmatch("[0-9a-f]{40}", entry.revision or "")
            assert entry_of_hub_id((entry.hub_id or "").upper()) == entry


def test_the_file_is_part_of_the_program() -> None:
    assert CATALOGUE.is_file()
    assert list(catalogue()) == list(entries())


def test_grouped_queries_by_hand() -> None:
    # SmolLM2-360M: per layer 960·(960+960) + 2·960·320 attention, 3·960·2560 feed-forward, 2·960
    # norms; 49,152·960 embeddings; a last norm.
    shape = shape_of(find_model("smollm2-360m"))
    assert shape is not None
    assert shape.linear_parameters == 32 * (960 * 1920 + 2 * 960 * 320 + 3 * 960 * 2560)
    assert shape.other_parameters == 49_152 * 960 + 32 * 1920 + 960


@pytest.mark.parametrize("config", [{}, {"model_type": "unknown"}, {"model_type": "llama"}])
def test_a_config_that_tells_no_sizes_has_no_shape(config: dict[str, object]) -> None:
    assert shape_of_config(config) is None
