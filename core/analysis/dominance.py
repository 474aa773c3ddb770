"""Which of many points are dominated, in arrays: less is better in each of up to three columns.

All are put in one line, by their columns. Along it grow the stairs of the best so far: the least
third column that is to be had up to each second one (Kung, Luccio and Preparata 1975). A point is
dominated where the stairs lie as low as it does; each step takes a binary search, so that the time
hardly depends on how many points are dominated.
"""

from bisect import bisect_right
from collections.abc import Sequence
from math import inf

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]
COLUMNS = 3


def dominated(points: Points) -> Flags:
    """For each row of `points`, (n, d), whether another is at most as large in each column and
    smaller in one. Numbers must be finite, d from 1 to 3.
    """
    points = _three_columns(points)
    order = np.lexsort((points[:, 2], points[:, 1], points[:, 0]))
    rows = points[order]
    new = np.ones(len(rows), dtype=bool)
    new[1:] = (rows[1:] != rows[:-1]).any(axis=1)
    found = np.empty(len(rows), dtype=bool)
    different = np.array(_beaten(rows[new, 1].tolist(), rows[new, 2].tolist()), dtype=bool)
    found[order] = different[np.cumsum(new) - 1]
    return found


def dominated_by(points: Points, by: Points, asked: Places) -> Flags:
    """For those rows of `points`, (n, d), whether another row of `by`, (n, d), is at most as large
    in each column and smaller in one. Row i of both is the same thing, which never dominates
    itself.
    """
    if not len(asked):
        return np.zeros(0, dtype=bool)
    asking, giving = _three_columns(points[asked]), _three_columns(by)
    own = giving[asked]
    itself = (own <= asking).all(axis=1) & (own != asking).any(axis=1)
    least = _least_two if itself.any() else _least
    order = _line(asking, giving)
    rows = np.vstack([asking, giving])[order]
    gives = order >= len(asked)
    offers = least(rows[:, 1].tolist(), rows[:, 2].tolist(), gives.tolist())
    lowest = np.empty((len(asked), 2))
    lowest[order[~gives]] = np.reshape(offers, (-1, 2))
    found = np.where(itself, lowest[:, 1], lowest[:, 0])
    return np.asarray(found <= asking[:, 2])


def _three_columns(points: Points) -> Points:
    count, columns = points.shape
    return np.hstack([points, np.zeros((count, COLUMNS - columns))])


def _line(asking: Points, giving: Points) -> Places:
    """The order of both by their columns, one that asks before an equal one that gives: whatever
    may dominate a row stands before it, and nothing equal does.
    """
    rows = np.vstack([asking, giving])
    gives = np.arange(len(rows)) >= len(asking)
    return np.lexsort((gives, rows[:, 2], rows[:, 1], rows[:, 0]))


class _Stairs:
    """The least `z` that has been added up to each `y`; steps rise in `y` and fall in `z`."""

    def __init__(self) -> None:
        self.y = [-inf]
        self.z = [inf]

    def add(self, y: float, z: float) -> Sequence[tuple[float, float]]:
        """Add a point; what is no step, the new one or old ones, comes back."""
        begin = end = bisect_right(self.y, y)
        if self.z[begin - 1] <= z:
            return ((y, z),)
        while end < len(self.z) and self.z[end] >= z:
            end += 1
        begin -= self.y[begin - 1] == y
        if begin == end:
            self.y.insert(begin, y)
            self.z.insert(begin, z)
            return ()
        dropped = tuple(zip(self.y[begin:end], self.z[begin:end], strict=True))
        self.y[begin:end], self.z[begin:end] = [y], [z]
        return dropped


def _beaten(y: list[float], z: list[float]) -> list[bool]:
    """For each, whether one before it has a `y` and a `z` that are not larger."""
    stairs, found = _Stairs(), []
    for this_y, this_z in zip(y, z, strict=True):
        found.append(stairs.z[bisect_right(stairs.y, this_y) - 1] <= this_z)
        stairs.add(this_y, this_z)
    return found


def _least(y: list[float], z: list[float], gives: list[bool]) -> list[tuple[float, float]]:
    """For each that asks, the least `z` that was given before it at its `y` or a lower one."""
    stairs, found = _Stairs(), []
    for this_y, this_z, this_gives in zip(y, z, gives, strict=True):
        if this_gives:
            stairs.add(this_y, this_z)
        else:
            least = stairs.z[bisect_right(stairs.y, this_y) - 1]
            found.append((least, least))
    return found


def _least_two(y: list[float], z: list[float], gives: list[bool]) -> list[tuple[float, float]]:
    """The same with the second least, which is the step before, or the least of what is no step."""
    stairs, rest, found = _Stairs(), _Stairs(), []
    for this_y, this_z, this_gives in zip(y, z, gives, strict=True):
        if this_gives:
            for dropped in stairs.add(this_y, this_z):
                rest.add(*dropped)
        else:
            place = bisect_right(stairs.y, this_y)
            before = stairs.z[place - 2] if place > 1 else inf
            other = rest.z[bisect_right(rest.y, this_y) - 1]
            found.append((stairs.z[place - 1], min(before, other)))
    return found
