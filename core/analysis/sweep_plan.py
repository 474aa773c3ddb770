"""In which order the cells of a sweep are measured, what they will take, and what cannot fit.

Each variant is loaded once: its cells stand together, those with the same draft side by side. Cheap
variants come first, and cheap cells within each, so that plots fill early.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.analysis.span import Span
from core.results.types import RunResult
from core.variants.environment import Environment
from core.variants.spec import RunSpec


@dataclass(frozen=True)
class PlannedCell:
    """A cell in its place. `run_id` names the measured run that is taken for it; `seconds` are
    what it adds to the sweep, of which `timed` are warm-up and measuring; None where its model's
    sizes are not known. `loads` is whether its variant is loaded for it.
    """

    spec: RunSpec
    run_id: str | None
    seconds: Span | None
    timed: Span | None
    peak_bytes: int | None
    loads: bool
    basis: str


@dataclass(frozen=True)
class TooLarge:
    """A cell that needs more than its device has in all, so that it is not tried."""

    spec: RunSpec
    needed_bytes: int
    device_bytes: int


@dataclass(frozen=True)
class SweepPlan:
    """`cells` in the order in which they are measured, reused ones in their places. `tight` are
    those of them that need more than is free now: they are tried, and may be refused. `unknown`
    counts cells whose seconds cannot be told: they are in no sum.
    """

    cells: tuple[PlannedCell, ...]
    too_large: tuple[TooLarge, ...]
    tight: tuple[PlannedCell, ...]
    seconds: Span
    timed: Span
    unknown: int
    peak: PlannedCell | None
    loads: int

    @property
    def to_measure(self) -> tuple[PlannedCell, ...]:
        """The cells that are not reused."""
        return tuple(cell for cell in self.cells if cell.run_id is None)

    @property
    def reused(self) -> tuple[PlannedCell, ...]:
        """The cells for which a measured run is taken."""
        return tuple(cell for cell in self.cells if cell.run_id is not None)


@dataclass(frozen=True)
class Affordable:
    """The cells, in order, that are expected to end within a budget, and their seconds."""

    cells: tuple[PlannedCell, ...]
    left_out: tuple[PlannedCell, ...]
    seconds: Span


def plan(
    cells: Sequence[RunSpec],
    environment: Environment,
    evidence: Sequence[RunResult] = (),
    measured: Mapping[str, str] | None = None,
) -> SweepPlan:
    """The plan of a sweep over these cells. `evidence` are measured runs from which times are
    taken (`core.analysis.evidence`), `measured` the runs that are reused, by spec id.
    """
    raise NotImplementedError


def within(
    planned: SweepPlan, seconds: float | None, usd: float | None = None, usd_per_hour: float = 0.0
) -> Affordable:
    """The cells that are expected to end within so many seconds and so much money, at a price
    per hour; None is no limit.
    """
    raise NotImplementedError
