"""Fewer points where a plot has more than pixels: of each stretch the lowest and the highest stay.

A line over all points and the same line thinned look alike, outliers included, and the browser
draws thousands of points less. What is told in words is told of all points.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
MOST_POINTS = 600  # of a line; plots beside each other are about so many pixels wide


def kept(values: Sequence[float], most: int = MOST_POINTS) -> list[int]:
    """The places of the values that are drawn: the first, the last, and of each of equal stretches
    the lowest and the highest; all where they are not more than `most`.
    """
    if len(values) <= most:
        return [*range(len(values))]
    known = np.asarray(values, dtype=float)
    places = {0, len(known) - 1}
    for stretch in np.array_split(np.arange(len(known)), max(1, (most - 2) // 2)):
        part = known[stretch]
        places |= {int(stretch[part.argmin()]), int(stretch[part.argmax()])}
    return sorted(places)


def apart(x: Sequence[float], y: Sequence[float], cells: int) -> list[int]:
    """Of points that would lie over each other one: the first in each square of a grid of so many
    by so many over all of them, and the outermost of both axes. No point is left out that has its
    surroundings for itself.
    """
    across, up = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if not len(across):
        return []
    squares = _cells(across, cells) * cells + _cells(up, cells)
    _, places = np.unique(squares, return_index=True)
    ends = (end(axis) for axis in (across, up) for end in (np.argmin, np.argmax))
    return sorted({*map(int, places), *map(int, ends)})


def _cells(values: Numbers, cells: int) -> NDArray[np.int64]:
    low, high = values.min(), values.max()
    if not high > low:
        return np.zeros(len(values), dtype=np.int64)
    places: NDArray[np.int64] = ((values - low) / (high - low) * cells).astype(np.int64)
    return places.clip(max=cells - 1)


def each_stands_for(count: int, most: int = MOST_POINTS) -> int:
    """How many values in a row one stretch has; 1 where all are drawn."""
    return 1 if count <= most else -(-count // max(1, (most - 2) // 2))
