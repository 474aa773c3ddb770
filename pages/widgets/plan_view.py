"""What a sweep would do: its cells, what is impossible and why, its time and its memory."""

from core.analysis.sweep_plan import SweepPlan
from core.variants.grid import Cells


def draw_plan(cells: Cells, planned: SweepPlan) -> None:
    """The plan in a few lines, its impossible cells with reasons, and its order in a box."""
    raise NotImplementedError
