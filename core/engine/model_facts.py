"""What a step of a loaded model costs: its sizes, and the weights that matrix products read.

Counted on the modules in memory, whatever quantised them; knows nothing of time.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import torch
from transformers.pytorch_utils import Conv1D

from core.engine.weights import storage_bytes, weight_tensors
from core.results.observed import ModelFacts

UNEXPLAINED_SHARE = 0.01


def model_facts(model: Any) -> ModelFacts | None:
    """The facts of a loaded model; None where it has large weights that are neither linear
    layers nor embeddings (experts, for one): a step's cost would be a guess.
    """
    products = list(_matrix_products(model))
    counted = sum(_weights(module) for module in products)
    if _unexplained(model, products) > UNEXPLAINED_SHARE * counted:
        return None
    text = model.config.get_text_config(decoder=True)
    heads = int(text.num_attention_heads)
    head = model.get_output_embeddings()
    return ModelFacts(
        layers=int(text.num_hidden_layers),
        heads=heads,
        kv_heads=int(getattr(text, "num_key_value_heads", None) or heads),
        head_dim=int(getattr(text, "head_dim", None) or text.hidden_size // heads),
        hidden=int(text.hidden_size),
        vocabulary=int(text.vocab_size),
        parameters=_parameters(model, products),
        matmul_parameters=counted,
        head_parameters=_weights(head) if head is not None else 0,
        matmul_bytes=storage_bytes(t for module in products for t in weight_tensors(module)),
        kv_value_bytes=model.dtype.itemsize,
        compute_dtype=_compute_dtype(products, model.dtype),
    )


def _matrix_products(model: Any) -> Iterator[Any]:
    """Modules that multiply by a weight matrix, one per matrix: a shared one is read once."""
    seen: set[int] = set()
    for module in model.modules():
        if isinstance(module, torch.nn.Linear | Conv1D) and id(module.weight) not in seen:
            seen.add(id(module.weight))
            yield module


def _weights(module: Any) -> int:
    """Weights of the matrix as the mathematics has it, however few bytes hold them."""
    if isinstance(module, torch.nn.Linear):
        return int(module.in_features * module.out_features)
    return int(module.weight.numel())


def _unexplained(model: Any, products: list[Any]) -> int:
    """Values in matrices that belong to no linear layer and to no embedding."""
    embeddings = [m for m in model.modules() if isinstance(m, torch.nn.Embedding)]
    known = {id(module.weight) for module in (*products, *embeddings)}
    large = (p for p in model.parameters() if p.dim() > 1 and id(p) not in known)
    return sum(int(p.numel()) for p in large)


def _parameters(model: Any, products: list[Any]) -> int:
    """All parameters, a tied head once, a packed matrix with the values that it stands for."""
    matrices = {id(module.weight) for module in products}
    rest = sum(int(p.numel()) for p in model.parameters() if id(p) not in matrices)
    return rest + sum(_weights(module) for module in products)


def _compute_dtype(products: list[Any], activations: torch.dtype) -> str:
    """The type in which most weights are multiplied; a 4-bit layer names its own."""
    shares: Counter[str] = Counter()
    for module in products:
        own = getattr(module, "compute_dtype", None) or activations
        shares[str(own).removeprefix("torch.")] += _weights(module)
    return shares.most_common(1)[0][0]
