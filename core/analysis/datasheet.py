"""What makers state of their devices, to stand beside what was measured; never used instead."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DATASHEETS = Path(__file__).with_name("datasheet.toml")
COMPUTE_DTYPES = ("float32", "bfloat16", "float16")
# Names that contain a known one and are something less: a slice, a laptop's or a cut version.
LESSER = frozenset({"mig", "laptop", "mobile", "d", "ti"})


@dataclass(frozen=True)
class Datasheet:
    """Bytes per second of memory, and dense operations per second by compute type."""

    bandwidth_bytes_per_s: float
    peak_flops_per_s: dict[str, float]
    source: str


def datasheet_of(device_name: str) -> Datasheet | None:
    """What the maker states of the device of that name, as its driver writes it, if it is known."""
    words = _words(device_name)
    if words & LESSER:
        return None
    return next((sheet for needed, sheet in _sheets() if needed <= words), None)


def _words(name: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z0-9]+", name.lower()))


@cache
def _sheets() -> tuple[tuple[frozenset[str], Datasheet], ...]:
    with DATASHEETS.open("rb") as file:
        rows = tomllib.load(file)["device"]
    return tuple(
        (
            frozenset(word.lower() for word in row["words"]),
            Datasheet(
                float(row["bandwidth_bytes_per_s"]),
                {dtype: float(row[dtype]) for dtype in COMPUTE_DTYPES if dtype in row},
                str(row["source"]),
            ),
        )
        for row in rows
    )
