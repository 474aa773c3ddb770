"""The GGUF file of a variant, and what is written in it: types, sizes, metadata."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from gguf import GGUFReader

from core.errors import LoadFailed
from core.results.observed import ModelFacts
from core.variants import bundled_file
from core.variants.models import gguf_file_of
from core.variants.source import model_of
from core.variants.spec import VariantSpec

EMBEDDING, HEAD = "token_embd.weight", "output.weight"
FLOATS = {"F32": "float32", "F16": "float32", "BF16": "bfloat16"}
"""What a matrix of that type is multiplied in; of all others the products are of 8-bit integers."""
KV_VALUE_BYTES = 2  # of the usual f16; a cache of fewer bits is told by its own row


@dataclass(frozen=True)
class Tensor:
    """A tensor of the file: its type as the file names it, its shape, and its bytes."""

    name: str
    kind: str
    shape: tuple[int, ...]
    bytes: int

    @property
    def values(self) -> int:
        """How many numbers it stands for."""
        count = 1
        for size in self.shape:
            count *= size
        return count


@dataclass(frozen=True)
class GgufFile:
    """A file's tensors, and its metadata that are numbers or texts."""

    path: Path
    tensors: tuple[Tensor, ...]
    metadata: Mapping[str, Any]

    @property
    def bytes_by_type(self) -> dict[str, int]:
        """Bytes of all tensors by type, the largest part first."""
        found: Counter[str] = Counter()
        for tensor in self.tensors:
            found[tensor.kind.lower()] += tensor.bytes
        return dict(found.most_common())

    @property
    def quantised(self) -> dict[str, int]:
        """How many tensors are quantised, by type."""
        kinds = (tensor.kind for tensor in self.tensors if tensor.kind not in FLOATS)
        return {kind.lower(): count for kind, count in Counter(kinds).most_common()}

    def of_model(self, name: str) -> Any:
        """Metadata that the architecture's name begins; None where there is none."""
        return self.metadata.get(f"{self.metadata.get('general.architecture')}.{name}")


def locate(variant: VariantSpec) -> Path:
    """The variant's file; the bundled one is what it should be. Raises LoadFailed otherwise."""
    model = model_of(variant)
    path = gguf_file_of(model)
    if path is None:
        raise LoadFailed(f"There is no GGUF file of {model.label} here.")
    if model.bundled and _sha256(path, path.stat().st_mtime_ns) != bundled_file.SHA256:
        raise LoadFailed(f"{path} is not the {bundled_file.FILE} that this program knows.")
    return path


@lru_cache(maxsize=4)
def _sha256(path: Path, _stamp: int) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@lru_cache(maxsize=4)
def read(path: Path, _stamp: int) -> GgufFile:
    """What is written in the file of that time; raises LoadFailed where it is no GGUF file. Kept,
    since reading a vocabulary takes seconds.
    """
    try:
        reader = GGUFReader(path)
    except (ValueError, OSError) as error:
        raise LoadFailed(f"{path.name} cannot be read: {error}") from error
    tensors = tuple(
        Tensor(t.name, t.tensor_type.name, tuple(int(n) for n in t.shape), int(t.n_bytes))
        for t in reader.tensors
    )
    plain = {k: f for k, f in reader.fields.items() if len(f.types) == 1}
    return GgufFile(path, tensors, {key: field.contents() for key, field in plain.items()})


def facts_of(file: GgufFile) -> ModelFacts | None:
    """What a step costs; None for matrices of experts, of which a step reads only some."""
    if any(len(tensor.shape) > 2 and min(tensor.shape) > 1 for tensor in file.tensors):
        return None
    named = {tensor.name: tensor for tensor in file.tensors}
    head = named.get(HEAD) or named[EMBEDDING]
    apart = {EMBEDDING} if HEAD in named else set()
    products = [t for t in file.tensors if len(t.shape) == 2 and t.name not in apart]
    heads = int(file.of_model("attention.head_count"))
    hidden = int(file.of_model("embedding_length"))
    return ModelFacts(
        layers=int(file.of_model("block_count")),
        heads=heads,
        kv_heads=int(file.of_model("attention.head_count_kv") or heads),
        head_dim=int(file.of_model("attention.key_length") or hidden // heads),
        hidden=hidden,
        vocabulary=max(named[EMBEDDING].shape),
        parameters=sum(tensor.values for tensor in file.tensors),
        matmul_parameters=sum(tensor.values for tensor in products),
        head_parameters=head.values,
        matmul_bytes=sum(tensor.bytes for tensor in products),
        kv_value_bytes=KV_VALUE_BYTES,
        compute_dtype=_compute_dtype(products),
    )


def _compute_dtype(products: list[Tensor]) -> str:
    """The type in which most weights are multiplied."""
    shares: Counter[str] = Counter()
    for tensor in products:
        shares[FLOATS.get(tensor.kind, "int8")] += tensor.values
    return shares.most_common(1)[0][0]
