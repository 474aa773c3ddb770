"""The header of a GGUF file, read with distrust before llama.cpp, which trusts more, may open it.

Magic, version, counts, then metadata and tensors, each with its own lengths: every one of them is
held against what the file has left. Knows the layout alone, and nothing of a model.
"""

import struct
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

MAGIC, VERSIONS = b"GGUF", (2, 3)
MOST_ENTRIES, MOST_TENSORS, MOST_DIMENSIONS = 10_000, 100_000, 4
LONGEST_NAME, LARGEST_HEADER_BYTES = 65_535, 1_000_000_000
STRING, ARRAY = 8, 9
SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
"""Bytes of a metadata value of each type that has a fixed size."""
BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34),
    9: (32, 40), 10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210),
    15: (256, 292), 16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18),
    21: (256, 110), 22: (256, 82), 23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8),
    28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54), 35: (256, 66), 39: (32, 17),
    40: (64, 36), 41: (128, 18),
}  # fmt: skip
"""Values and bytes of a block of each type of tensor."""


def check_gguf(file: Path) -> None:
    """Raises ValueError where the header is not whole or does not fit the file, and OSError."""
    stamp = file.stat()
    _check(file, stamp.st_size, stamp.st_mtime_ns, stamp.st_ino)


@lru_cache(maxsize=32)
def _check(file: Path, size: int, _changed: int, _inode: int) -> None:
    """Kept for the file as it is: walking over a large vocabulary takes a while."""
    with file.open("rb") as stream:
        try:
            _Walk(stream, size).check()
        except struct.error:
            raise ValueError("it became shorter while it was read") from None


class _Walk:
    """One walk over a header; `place` is the next byte."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._stream, self._size = stream, size
        self._place, self._alignment = 0, 32

    def check(self) -> None:
        """All of the header; raises ValueError."""
        if self._take(len(MAGIC)) != MAGIC:
            raise ValueError("it does not begin as a GGUF file does")
        version, tensors, entries = self._numbers("<IQQ")
        if version not in VERSIONS:
            raise ValueError(f"GGUF version {version} is not known")
        if tensors > MOST_TENSORS or entries > MOST_ENTRIES:
            raise ValueError(f"it claims {tensors:,} tensors and {entries:,} entries")
        for _ in range(entries):
            self._entry()
        ends = [self._tensor() for _ in range(tensors)]
        begin = -(-self._place // self._alignment) * self._alignment
        if ends and begin + max(ends) > self._size:
            raise ValueError("its tensors lie behind the end of the file")

    def _numbers(self, layout: str) -> tuple[int, ...]:
        return struct.unpack(layout, self._take(struct.calcsize(layout)))

    def _take(self, count: int) -> bytes:
        """The next bytes; raises ValueError where there are not so many."""
        self._pass(count)
        return self._stream.read(count)

    def _skip(self, count: int) -> None:
        self._pass(count)
        self._stream.seek(self._place)

    def _pass(self, count: int) -> None:
        self._place += count
        if self._place > min(self._size, LARGEST_HEADER_BYTES):
            raise ValueError("its header is longer than the file")

    def _text(self, longest: int) -> bytes:
        (length,) = self._numbers("<Q")
        if length > longest:
            raise ValueError(f"a text of its header would have {length:,} bytes")
        return self._take(length)

    def _entry(self) -> None:
        """One of the metadata; the alignment is kept, which places the tensors."""
        key = self._text(LONGEST_NAME)
        (kind,) = self._numbers("<I")
        if key == b"general.alignment" and kind == 4:
            (self._alignment,) = self._numbers("<I")
            if self._alignment < 1 or self._alignment % 8 or self._alignment > 2**20:
                raise ValueError(f"an alignment of {self._alignment} bytes cannot be")
        elif kind == ARRAY:
            self._array()
        else:
            self._values(kind, 1)

    def _array(self) -> None:
        """A list of values; lists of lists are in no model."""
        kind, count = self._numbers("<IQ")
        self._values(kind, count)

    def _values(self, kind: int, count: int) -> None:
        if kind in SIZES:
            self._skip(count * SIZES[kind])
        elif kind == STRING:
            if count > self._size // 8:
                raise ValueError(f"a list of its header would have {count:,} texts")
            for _ in range(count):
                (length,) = self._numbers("<Q")
                self._skip(length)
        else:
            raise ValueError(f"its header has a value of the unknown type {kind}")

    def _tensor(self) -> int:
        """Where a tensor's bytes end, from where all tensors begin."""
        name = self._text(LONGEST_NAME).decode(errors="replace")
        (count,) = self._numbers("<I")
        if count > MOST_DIMENSIONS:
            raise ValueError(f"tensor {name!r:.80} would have {count:,} dimensions")
        sizes = self._numbers(f"<{count}Q")
        kind, offset = self._numbers("<IQ")
        if kind not in BLOCKS:
            raise ValueError(f"tensor {name!r:.80} has the unknown type {kind}")
        values, bytes_each = BLOCKS[kind]
        total = 1
        for size in sizes:
            total *= size
        if total % values or offset % self._alignment:
            raise ValueError(f"shape, type and place of tensor {name!r:.80} do not fit each other")
        return offset + total // values * bytes_each
