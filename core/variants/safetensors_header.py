"""The header of a safetensors file, read with distrust: it may lie about everything.

Eight bytes of length, that much JSON, and then the tensors' bytes without gaps. Whatever does not
add up is refused here, in a process without torch, before any weights are touched.
"""

import json
import math
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

LENGTH_BYTES = 8
LARGEST_HEADER_BYTES = 25_000_000  # of the largest models some hundred kilobytes
MOST_DIMENSIONS = 16
METADATA = "__metadata__"
BITS = {
    "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8,
    "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16,
    "I32": 32, "U32": 32, "F32": 32, "I64": 64, "U64": 64, "F64": 64, "C64": 64,
}  # fmt: skip


def read_header(file: Path) -> Mapping[str, Any]:
    """Name -> {dtype, shape, data_offsets} of every tensor of the file.

    Raises ValueError where the header is not whole or does not fit the file, and OSError.
    """
    stamp = file.stat()
    return _read(file, stamp.st_size, stamp.st_mtime_ns, stamp.st_ino)


@lru_cache(maxsize=256)
def _read(file: Path, size: int, _changed: int, _inode: int) -> Mapping[str, Any]:
    """Kept for the file as it is, since a page asks many times."""
    with file.open("rb") as stream:
        length = int.from_bytes(stream.read(LENGTH_BYTES), "little")
        if length > LARGEST_HEADER_BYTES:
            raise ValueError(f"its header would have {length:,} bytes")
        if size < LENGTH_BYTES or length > size - LENGTH_BYTES:
            raise ValueError("its header is longer than the file")
        header = _parsed(stream.read(length))
    header.pop(METADATA, None)
    _check_places(header, size - LENGTH_BYTES - length)
    return header


def _parsed(text: bytes) -> dict[str, Any]:
    try:
        header = json.loads(text, object_pairs_hook=_once)
    except RecursionError:
        raise ValueError("its header is nested too deeply") from None
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise ValueError("its header is no JSON") from None
    if not isinstance(header, dict):
        raise ValueError("its header is no JSON object")
    return header


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names differ: of two with one name, readers take different ones."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("its header names a tensor twice")
    return found


def _check_places(header: Mapping[str, Any], data_bytes: int) -> None:
    """The tensors must fill the rest of the file, one behind the other."""
    places = sorted(_place(name, tensor) for name, tensor in header.items())
    end = 0
    for begin, until, name in places:
        if begin != end:
            raise ValueError(f"the bytes of {name!r:.80} overlap others or leave a gap")
        end = until
    if end != data_bytes:
        raise ValueError(f"its header tells of {end:,} bytes of weights, and it has {data_bytes:,}")


def _place(name: str, tensor: Any) -> tuple[int, int, str]:
    """Where a tensor's bytes begin and end; raises ValueError unless they are what it needs."""
    match tensor:
        case {"dtype": str(dtype), "shape": list(shape), "data_offsets": [begin, until]}:
            few = len(shape) <= MOST_DIMENSIONS and dtype in BITS
            if few and all(type(n) is int and 0 <= n < 2**63 for n in (*shape, begin, until)):
                bits = (until - begin) * 8
                if math.prod(shape) * BITS[dtype] == bits:
                    return begin, until, name
    raise ValueError(f"type, shape and bytes of {name!r:.80} do not fit each other")
