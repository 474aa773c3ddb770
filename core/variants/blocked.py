"""The cells of a grid that cannot run, those with the same reasons together."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.errors import RequestError
from core.variants.grid import Cells, Impossible


@dataclass(frozen=True)
class Blocked:
    """Cells that cannot run for the same reasons. `where` has the values that they share: those of
    each axis that not all cells of the grid have.
    """

    count: int
    where: Mapping[str, tuple[object, ...]]
    reasons: tuple[RequestError, ...]


def by_reason(cells: Cells) -> tuple[Blocked, ...]:
    """The impossible cells, those with the same reasons together, the largest group first."""
    groups: dict[tuple[tuple[str, str], ...], list[Impossible]] = defaultdict(list)
    for cell in cells.impossible:
        groups[tuple((reason.field, reason.reason) for reason in cell.reasons)].append(cell)
    blocked = [_blocked(group, cells.axes) for group in groups.values()]
    return tuple(sorted(blocked, key=lambda group: -group.count))


def _blocked(group: Sequence[Impossible], axes: Mapping[str, Sequence[object]]) -> Blocked:
    where = {}
    for name, values in axes.items():
        present = {cell.values[name] for cell in group}
        if len(present) < len(values):
            where[name] = tuple(value for value in values if value in present)
    return Blocked(len(group), where, group[0].reasons)
