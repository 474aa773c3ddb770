"""Cells as points: each field in which they differ is a dimension, of names or of numbers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.variants.request import flat_values
from core.variants.spec import RunSpec

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Dimension:
    """One field. `places` has a number for each cell: of an ordered field from 0 to 1, by the
    logarithm where all its values are above 0; else the number of its name.
    """

    name: str
    ordered: bool
    places: Numbers


def dimensions(specs: Sequence[RunSpec]) -> tuple[Dimension, ...]:
    """The fields in which the cells differ."""
    rows = [flat_values(spec) for spec in specs]
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {name: [row.get(name) for row in rows] for name in names}
    return tuple(
        _dimension(name, values)
        for name, values in columns.items()
        if len(set(map(str, values))) > 1
    )


def _dimension(name: str, values: list[object]) -> Dimension:
    numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    if len(numbers) == len(values):
        return Dimension(name, True, _scaled(np.array(numbers, dtype=float)))
    codes = {text: code for code, text in enumerate(dict.fromkeys(map(str, values)))}
    return Dimension(name, False, np.array([codes[str(v)] for v in values], dtype=float))


def _scaled(numbers: Numbers) -> Numbers:
    places = np.array([math.log(n) for n in numbers]) if numbers.min() > 0 else numbers
    low, high = float(places.min()), float(places.max())
    return np.asarray((places - low) / (high - low))


def spread_out(dims: Sequence[Dimension], count: int, random: np.random.Generator) -> list[int]:
    """So many cells that show each lever's values as soon as they can: each next one shows the most
    values that were seen least, and among those is the farthest from all before it.
    """
    size = len(dims[0].places) if dims else 0
    order = random.permutation(size)
    seen = [dict.fromkeys(dim.places.tolist(), 0) for dim in dims]
    chosen: list[int] = []
    while len(chosen) < min(count, size):
        left = [cell for cell in order if cell not in chosen]
        best = max(left, key=lambda cell: _novelty(cell, dims, seen, chosen))
        chosen.append(int(best))
        for dim, counts in zip(dims, seen, strict=True):
            counts[float(dim.places[best])] += 1
    return chosen


def _novelty(
    cell: int, dims: Sequence[Dimension], seen: list[dict[float, int]], chosen: list[int]
) -> tuple[float, int]:
    rarity = sum(1 / (1 + counts[float(dim.places[cell])]) ** 2
                 for dim, counts in zip(dims, seen, strict=True))  # fmt: skip
    apart = [sum(dim.places[cell] != dim.places[other] for dim in dims) for other in chosen]
    return rarity, min(apart, default=0)
