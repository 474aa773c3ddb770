"""What the weights of a loaded model take, counted on the tensors themselves.

Quantising libraries keep more than a parameter shows: scales, code books, and packed tensors
inside tensors. All of it is counted, and storage that is shared is counted once.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch.utils._python_dispatch import is_traceable_wrapper_subclass

from core.results.observed import ModuleGroup

QUANTISED_CLASSES = ("Linear8bitLt", "Linear4bit")


def weight_bytes_by_dtype(model: Any) -> dict[str, int]:
    """Bytes of everything that is stored by dtype; shared storage once."""
    return _bytes_by_dtype(stored_tensors(model), set())


def module_groups(model: Any) -> tuple[ModuleGroup, ...]:
    """Modules that hold weights, those of all layers together, with what each group stores."""
    seen: set[int] = set()
    count: Counter[tuple[str, str, bool]] = Counter()
    stored: dict[tuple[str, str, bool], Counter[str]] = defaultdict(Counter)
    for name, module in model.named_modules():
        tensors = list(_own_tensors(module))
        if tensors:
            key = (_group_name(name), type(module).__name__, is_quantised(module))
            count[key] += 1
            stored[key].update(_bytes_by_dtype(tensors, seen))
    return tuple(
        ModuleGroup(
            name=name,
            kind=kind,
            quantised=quantised,
            count=count[name, kind, quantised],
            dtype_bytes=dict(stored[name, kind, quantised]),
        )
        for name, kind, quantised in count
    )


def quantised_modules(model: Any) -> dict[str, int]:
    """How many modules of each class are quantised."""
    found = (type(module).__name__ for module in model.modules() if is_quantised(module))
    return dict(Counter(found))


def is_quantised(module: Any) -> bool:
    """Whether a module's weight is stored in fewer bits than a float type has."""
    weight = getattr(module, "weight", None)
    return type(module).__name__ in QUANTISED_CLASSES or (
        isinstance(weight, torch.Tensor) and is_traceable_wrapper_subclass(weight)
    )


def stored_tensors(model: Any) -> Iterator[torch.Tensor]:
    """Every plain tensor that belongs to the model's weights."""
    for module in model.modules():
        yield from _own_tensors(module)


def plain_tensors(value: Any) -> Iterator[torch.Tensor]:
    """The plain tensors within a tensor, a tuple, a list or a mapping of such."""
    if isinstance(value, torch.Tensor):
        if is_traceable_wrapper_subclass(value):
            names, _ = value.__tensor_flatten__()
            yield from plain_tensors([getattr(value, name) for name in names])
        else:
            yield value
    elif isinstance(value, dict):
        yield from plain_tensors(list(value.values()))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from plain_tensors(item)


def storage_bytes(tensors: Iterable[torch.Tensor]) -> int:
    """Bytes of their storages, shared ones once."""
    return sum(_bytes_by_dtype(tensors, set()).values())


def _own_tensors(module: Any) -> Iterator[torch.Tensor]:
    """Parameters and buffers of the module itself, and what quantisers keep beside them."""
    own = [*module.parameters(recurse=False), *module.buffers(recurse=False)]
    yield from plain_tensors(own)
    yield from weight_tensors(module)


def weight_tensors(module: Any) -> Iterator[torch.Tensor]:
    """The plain tensors that hold a module's weight matrix, scales and code books included."""
    weight = getattr(module, "weight", None)
    yield from plain_tensors(weight)
    yield from _four_bit_state(getattr(weight, "quant_state", None))
    for owner in (weight, getattr(module, "state", None)):
        yield from plain_tensors([getattr(owner, name, None) for name in ("SCB", "CB")])


def _four_bit_state(state: Any) -> Iterator[torch.Tensor]:
    """Scales and code book; with double quantisation the scales have scales of their own."""
    if state is None:
        return
    yield from plain_tensors([state.absmax, state.code, getattr(state, "offset", None)])
    yield from _four_bit_state(getattr(state, "state2", None))


def _bytes_by_dtype(tensors: Iterable[torch.Tensor], seen: set[int]) -> dict[str, int]:
    totals: Counter[str] = Counter()
    for tensor in tensors:
        storage = tensor.untyped_storage()
        # Tensors of the meta device all have the address 0.
        address = storage.data_ptr() or id(tensor)
        if address not in seen:
            seen.add(address)
            totals[str(tensor.dtype).removeprefix("torch.")] += storage.nbytes()
    return dict(totals)


def _group_name(name: str) -> str:
    """`model.layers.*.mlp.up_proj` for each layer's."""
    return re.sub(r"\.\d+(?=\.|$)", ".*", name) or "(model)"
