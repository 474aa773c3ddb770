"""A sweep on a plane of two levers: what each square holds, the best of its cells by one metric.

A square stands for all cells that share its two levers' values. What it shows is what is known:
a value where any of them is measured, else what they wait for, or why there is none.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

EVERYTHING = ""
"""The name of a lever that is none: all cells share its one value."""


class Filling(StrEnum):
    """What a square holds, in the order of what is shown where several hold."""

    MEASURED = "measured"
    RUNNING = "running"
    WAITING = "waiting"
    FAILED = "failed"
    SKIPPED = "skipped"
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True)
class Spot:
    """One combination of the grid's values: what became of it, its value where it is measured,
    and a name and a reason in words.
    """

    levers: Mapping[str, str]
    filling: Filling
    value: float | None = None
    name: str = ""
    reason: str = ""
    run_id: str | None = None


@dataclass(frozen=True)
class Square:
    """The spots of one square: the best measured one, or the first of what else there is, and how
    many there are of each kind.
    """

    shown: Spot
    counts: Mapping[Filling, int]

    @property
    def filling(self) -> Filling:
        """What the square holds."""
        return self.shown.filling


@dataclass(frozen=True)
class Plane:
    """Squares by the values of two levers, (across, up), for one value of a third."""

    title: str
    across: tuple[str, ...]
    up: tuple[str, ...]
    squares: Mapping[tuple[str, str], Square]


def planes(
    spots: Sequence[Spot],
    axes: Mapping[str, Sequence[object]],
    levers: tuple[str, str, str],
    higher_is_better: bool,
) -> tuple[Plane, ...]:
    """A plane for each value of the third of the levers; EVERYTHING is a lever that is none."""
    across, up, third = levers
    groups: dict[tuple[str, str, str], list[Spot]] = defaultdict(list)
    for spot in spots:
        groups[_value(spot, third), _value(spot, across), _value(spot, up)].append(spot)
    return tuple(
        Plane(
            title=facet,
            across=_values(axes, across),
            up=_values(axes, up),
            squares={
                (x, y): _square(group, higher_is_better)
                for (of, x, y), group in groups.items()
                if of == facet
            },
        )
        for facet in _values(axes, third)
    )


def _values(axes: Mapping[str, Sequence[object]], lever: str) -> tuple[str, ...]:
    return tuple(str(value) for value in axes[lever]) if lever in axes else (EVERYTHING,)


def _value(spot: Spot, lever: str) -> str:
    return spot.levers.get(lever, EVERYTHING)


def _square(group: Iterable[Spot], higher_is_better: bool) -> Square:
    by_filling: dict[Filling, list[Spot]] = defaultdict(list)
    for spot in group:
        by_filling[spot.filling].append(spot)
    known = [spot for spot in by_filling[Filling.MEASURED] if spot.value is not None]
    sign = -1.0 if higher_is_better else 1.0
    best = min(known, key=lambda spot: sign * (spot.value or 0.0), default=None)
    first = next(by_filling[filling][0] for filling in Filling if by_filling[filling])
    counts = {filling: len(found) for filling, found in by_filling.items() if found}
    return Square(best or first, counts)
