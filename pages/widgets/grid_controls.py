"""The controls of a sweep: every lever as a list of values, a checked grid out of them."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.variants.environment import Environment
from core.variants.grid import Cells, Grid


@dataclass(frozen=True)
class GridRequest:
    """What the controls ask for. `errors` has a text for each field at fault; `cells` is None
    while there are any.
    """

    grid: Grid
    cells: Cells | None
    errors: Mapping[str, str]


def draw_grid_controls(environment: Environment) -> GridRequest:
    """All controls; returns what they ask for."""
    raise NotImplementedError
