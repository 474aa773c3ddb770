"""Which of many points are dominated, in arrays: less is better in each of up to three columns.

All are put in one line, by their columns. Along it grow the stairs of the best so far: the least
third column that is to be had up to each second one (Kung, Luccio and Preparata 1975). A point is
dominated where the stairs lie as low as it does; each step takes a binary search, so that the time
hardly depends on how many points are dominated.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from math import inf

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]
Search = Callable[[list[float], list[float], list[bool]], list[float]]
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
    found = np.empty(len(asked))
    for some, least in ((~itself, _least), (itself, _second_least)):
        if some.any():
            found[some] = _offered(asking[some], giving, least)
    return np.asarray(found <= asking[:, 2])


def _offered(asking: Points, giving: Points, least: Search) -> Points:
    """What the search finds along the line of both, for each that asks."""
    order = _line(asking, giving)
    rows = np.vstack([asking, giving])[order]
    gives = order >= len(asking)
    found = np.empty(len(asking))
    found[order[~gives]] = least(rows[:, 1].tolist(), rows[:, 2].tolist(), gives.tolist())
    return found


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
        """Add a point, which becomes a step unless it lies on or above one; steps that it replaces
        come back.
        """
        begin = end = bisect_right(self.y, y)
        if self.z[begin - 1] <= z:
            return ()
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
    steps_y, steps_z = stairs.y, stairs.z
    for this_y, this_z in zip(y, z, strict=True):
        is_beaten = steps_z[bisect_right(steps_y, this_y) - 1] <= this_z
        found.append(is_beaten)
        if not is_beaten:
            stairs.add(this_y, this_z)
    return found


def _least(y: list[float], z: list[float], gives: list[bool]) -> list[float]:
    """For each that asks, the least `z` that was given before it at its `y` or a lower one."""
    stairs, found = _Stairs(), []
    steps_y, steps_z = stairs.y, stairs.z
    for this_y, this_z, this_gives in zip(y, z, gives, strict=True):
        least = steps_z[bisect_right(steps_y, this_y) - 1]
        if not this_gives:
            found.append(least)
        elif this_z < least:
            stairs.add(this_y, this_z)
    return found


def _second_least(y: list[float], z: list[float], gives: list[bool]) -> list[float]:
    """The same for the second least, which is the step before, or the least of what is no step."""
    stairs, rest, found = _Stairs(), _Stairs(), []
    steps_y, steps_z, rest_y, rest_z = stairs.y, stairs.z, rest.y, rest.z
    for this_y, this_z, this_gives in zip(y, z, gives, strict=True):
        place = bisect_right(steps_y, this_y) - 1
        other = rest_z[bisect_right(rest_y, this_y) - 1]
        if not this_gives:
            before = steps_z[place - 1] if place else inf
            found.append(before if before < other else other)
        elif this_z < steps_z[place]:
            for dropped in stairs.add(this_y, this_z):
                rest.add(*dropped)
        elif this_z < other:
            rest.add(this_y, this_z)
    return found
