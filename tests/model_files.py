"""Files of models as small as can be, whose headers tell the truth; or not, where a test lies."""

import json
import math
import struct
from collections.abc import Mapping, Sequence


def safetensors_bytes(shapes: Mapping[str, Sequence[int]]) -> bytes:
    """A sound file with float32 tensors of these shapes, all zeros."""
    header, end = {}, 0
    for name, shape in shapes.items():
        begin, end = end, end + 4 * math.prod(shape)
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [begin, end]}
    return with_header(json.dumps(header).encode(), end)


def with_header(header: bytes, data_bytes: int, length: int | None = None) -> bytes:
    """A safetensors file with any header, that says it is so long, and so many zeros behind it."""
    said = len(header) if length is None else length
    return said.to_bytes(8, "little") + header + bytes(data_bytes)


def gguf_bytes(
    entries: bytes = b"", tensors: bytes = b"", counts: tuple[int, int] = (0, 0), data: bytes = b""
) -> bytes:
    """A GGUF file of version 3 that says it has so many tensors and entries."""
    header = b"GGUF" + struct.pack("<IQQ", 3, *counts) + entries + tensors
    return header + bytes(-len(header) % 32) + data
