"""A model's sizes, from its config or from the headers of its safetensors files, without torch.

Parameters that quantisation can shrink are those of linear layers: bitsandbytes converts Linear
and GPT-2's Conv1D, and leaves embeddings, norms, biases and the output head as they are.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from core.variants.safetensors_header import read_header

INDEX = "model.safetensors.index.json"
OUTPUT_HEAD = "lm_head.weight"
# Old checkpoints store masks and rotation frequencies, which the model computes by itself.
NO_PARAMETER = re.compile(r"(^|\.)attn\.(bias|masked_bias)$|rotary_emb\.inv_freq$")
NEVER_QUANTISED = ("embed", "wte", "wpe", "lm_head")
ALWAYS_TIED = ("gpt2",)
SIZES = (
    "hidden_size", "n_embd", "num_hidden_layers", "n_layer", "num_attention_heads", "n_head",
    "num_key_value_heads", "head_dim", "intermediate_size", "n_inner", "vocab_size",
    "max_position_embeddings", "n_positions",
)  # fmt: skip
LARGEST_SIZE = 1_000_000_000


@dataclass(frozen=True)
class ModelShape:
    """The sizes from which memory is computed. `linear_parameters` are those that quantisation
    can shrink, with `linear_rows` outputs in all; `other_parameters` (embeddings, norms, the output
    head, biases) keep their float type.
    """

    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    hidden: int
    vocabulary: int
    context: int
    linear_parameters: int
    other_parameters: int
    linear_rows: int

    @property
    def parameters(self) -> int:
        """All parameters, a tied head counted once."""
        return self.linear_parameters + self.other_parameters

    def kv_bytes(self, batch_size: int, length: int, bytes_per_value: float) -> int:
        """Bytes of keys and values for `length` tokens: 2 · layers · kv_heads · head_dim each."""
        per_token = 2 * self.layers * self.kv_heads * self.head_dim * bytes_per_value
        return int(batch_size * length * per_token)


class Counts(NamedTuple):
    """Parameters of linear layers, all others, and the linear layers' outputs."""

    linear: int
    other: int
    rows: int


def shape_of_config(config: Mapping[str, Any]) -> ModelShape | None:
    """The sizes of a model that is built from this config; None for a family that is not known."""
    count = _FAMILIES.get(str(config.get("model_type")))
    try:
        return _shape(config, count(_sound(config))) if count else None
    except (KeyError, ValueError, TypeError, AttributeError):
        return None


def shape_of_folder(folder: Path) -> ModelShape | None:
    """The sizes of the model in this folder; None where its files do not tell them."""
    try:
        stamp = (folder / "config.json").stat().st_mtime_ns
        return _read_shape(folder, stamp)
    except OSError:
        return None


def weight_files(folder: Path) -> list[Path]:
    """The folder's safetensors files that make up the model: those of its index, if it has one."""
    index = folder / INDEX
    if index.is_file():
        named = json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()
        return [folder / name for name in sorted(set(named))]
    return sorted(folder.glob("*.safetensors"))


@lru_cache(maxsize=32)
def _read_shape(folder: Path, _stamp: int) -> ModelShape | None:
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        return _shape(_sound(config), _count_stored(folder, config))
    except (KeyError, ValueError, TypeError, AttributeError, OSError, RecursionError):
        return None


def _sound(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """The config, which somebody else wrote; raises ValueError where a size that it states is no
    whole number. Python would multiply a text as readily, into one that fills the memory.
    """
    for name in SIZES:
        size = config.get(name)
        if size is not None and not (type(size) is int and 1 <= size <= LARGEST_SIZE):
            raise ValueError(f"{name} is no size")
    return config


def _shape(config: Mapping[str, Any], counts: Counts) -> ModelShape:
    heads = _first(config, "num_attention_heads", "n_head")
    hidden = _first(config, "hidden_size", "n_embd")
    return ModelShape(
        layers=_first(config, "num_hidden_layers", "n_layer"),
        heads=heads,
        kv_heads=config.get("num_key_value_heads") or heads,
        head_dim=_head_dim(config),
        hidden=hidden,
        vocabulary=_first(config, "vocab_size"),
        context=_first(config, "max_position_embeddings", "n_positions"),
        linear_parameters=counts.linear,
        other_parameters=counts.other,
        linear_rows=counts.rows,
    )


def _first(config: Mapping[str, Any], *names: str) -> int:
    """The first of these keys that the config has; different families use different names."""
    return int(next((config[name] for name in names if name in config), None) or config[names[0]])


def _head_dim(config: Mapping[str, Any]) -> int:
    heads = _first(config, "num_attention_heads", "n_head")
    return int(config.get("head_dim") or _first(config, "hidden_size", "n_embd") // heads)


def _gpt2(config: Mapping[str, Any]) -> Counts:
    """Parameters of GPT-2: each layer has queries, keys and values in one matrix,
    a projection, and two feed-forward matrices, all with biases; the head is tied.
    """
    hidden, layers = config["n_embd"], config["n_layer"]
    inner = config.get("n_inner") or 4 * hidden
    linear = layers * (4 * hidden * hidden + 2 * hidden * inner)
    biases_and_norms = layers * (3 * hidden + hidden + inner + hidden + 2 * 2 * hidden)
    embeddings = (config["vocab_size"] + config["n_positions"]) * hidden
    rows = layers * (3 * hidden + hidden + inner + hidden)
    return Counts(linear, embeddings + biases_and_norms + 2 * hidden, rows)


def _llama(config: Mapping[str, Any], norms_per_layer: int | None = None) -> Counts:
    """Parameters of the Llama family: queries, keys, values and a projection of
    `head_dim` wide heads, three feed-forward matrices, and norms (two of the hidden size unless
    told otherwise).
    """
    hidden, layers = config["hidden_size"], config["num_hidden_layers"]
    queries, keys = _attention_widths(config)
    attention = hidden * (2 * queries + 2 * keys)
    linear = layers * (attention + 3 * hidden * config["intermediate_size"])
    norms = layers * (2 * hidden if norms_per_layer is None else norms_per_layer) + hidden
    biases = layers * (queries + 2 * keys + hidden) if config.get("attention_bias") else 0
    if config.get("mlp_bias"):
        biases += layers * (2 * config["intermediate_size"] + hidden)
    vocabularies = 1 if config.get("tie_word_embeddings") else 2
    other = vocabularies * config["vocab_size"] * hidden + norms + biases
    rows = layers * (queries + 2 * keys + 2 * hidden + 2 * config["intermediate_size"])
    return Counts(linear, other, rows)


def _qwen3(config: Mapping[str, Any]) -> Counts:
    """As Llama, with a norm over each query's and each key's head."""
    return _llama(config, 2 * config["hidden_size"] + 2 * _head_dim(config))


def _olmo2(config: Mapping[str, Any]) -> Counts:
    """As Llama, with norms over all queries and over all keys together."""
    return _llama(config, 2 * config["hidden_size"] + sum(_attention_widths(config)))


def _attention_widths(config: Mapping[str, Any]) -> tuple[int, int]:
    """Columns of the query matrix, and of the key and the value matrix each."""
    heads = config["num_attention_heads"]
    kv_heads = config.get("num_key_value_heads") or heads
    return heads * _head_dim(config), kv_heads * _head_dim(config)


_FAMILIES = {
    "gpt2": _gpt2,
    "llama": _llama,
    "smollm3": _llama,
    "granite": _llama,
    "qwen3": _qwen3,
    "olmo2": _olmo2,
}


def _count_stored(folder: Path, config: Mapping[str, Any]) -> Counts:
    """Parameters as stored, from the headers of the safetensors files. A head that the
    config says is tied may be stored all the same, and is not counted again.
    """
    tied = config.get("tie_word_embeddings", config.get("model_type") in ALWAYS_TIED)
    # GPT-2 stores its matrices (inputs, outputs), the others (outputs, inputs).
    outputs = 1 if config.get("model_type") == "gpt2" else 0
    linear = other = rows = 0
    for file in weight_files(folder):
        for name, tensor in read_header(file).items():
            if NO_PARAMETER.search(name) or (tied and name.endswith(OUTPUT_HEAD)):
                continue
            size = math.prod(tensor["shape"])
            if len(tensor["shape"]) == 2 and not any(part in name for part in NEVER_QUANTISED):
                linear += size
                rows += tensor["shape"][outputs]
            else:
                other += size
    return Counts(linear, other, rows)
