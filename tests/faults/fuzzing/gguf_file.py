"""A GGUF file that somebody else made: its header fits the file, or it is refused."""

import itertools
import random
import struct
from contextlib import suppress

from core.variants.gguf_header import check_gguf
from tests.faults.fuzzing.mutation import mutated_bytes
from tests.faults.fuzzing.target import Target, scratch_folder
from tests.model_files import gguf_bytes

FOLDER = scratch_folder()
NUMBERS = (0, 1, 2, 3, 8, 9, 31, 32, 255, 2**16, 2**31, 2**32 - 1)
_names = itertools.count()


def _text(text: str) -> bytes:
    return struct.pack("<Q", len(text)) + text.encode()


ALIGNMENT = _text("general.alignment") + struct.pack("<II", 4, 32)
WORDS = _text("words") + struct.pack("<IIQ", 9, 8, 2) + _text("a") + _text("b")
SCORES = _text("scores") + struct.pack("<IIQ", 9, 6, 3) + bytes(12)
TENSOR = _text("a.weight") + struct.pack("<IQQIQ", 2, 32, 2, 8, 0)
SEEDS = (
    gguf_bytes(),
    gguf_bytes(ALIGNMENT, TENSOR, counts=(1, 1), data=bytes(200)),
    gguf_bytes(ALIGNMENT + WORDS + SCORES, TENSOR + TENSOR, counts=(2, 3), data=bytes(400)),
)


def feed(data: bytes) -> None:
    """A file of its own for each: what was found sound is remembered by name, size and time."""
    file = FOLDER / f"{next(_names)}.gguf"
    file.write_bytes(data)
    try:
        with suppress(ValueError):
            check_gguf(file)
    finally:
        file.unlink()


def mutate(data: bytes, draw: random.Random) -> bytes:
    """A length, a count or a type changed where it stands, or any bytes."""
    if draw.random() < 0.4 or len(data) < 12:
        return mutated_bytes(data, draw)
    at = draw.randrange(len(data) - 8)
    number = struct.pack(draw.choice(("<I", "<Q")), draw.choice(NUMBERS))
    return data[:at] + number + data[at + len(number) :]


TARGET = Target("gguf_file", feed, SEEDS, ("GGUF", "general.alignment"), mutate, soak_runs=200_000)
