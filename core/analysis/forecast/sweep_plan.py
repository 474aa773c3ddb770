"""In which order the cells of a sweep are measured, what they will take, and what cannot fit.

Each variant is loaded once: its cells stand together, those with the same draft side by side. Cheap
variants come first, and cheap cells within each, so that plots fill early.

A cell that needs more than its device has in all is not tried: the engine would refuse it by the
same formula. One that needs more than is free at this moment is tried, since by its turn the memory
may be free, and the engine refuses it before it loads anything if it is not.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, compress

from core.analysis.forecast.evidence import Evidence
from core.analysis.forecast.planner import PlannedCell, Planner, TooLarge
from core.analysis.forecast.span import NOTHING, Span
from core.results.types import RunResult
from core.variants.environment import Environment
from core.variants.spec import RunSpec

SECONDS_PER_HOUR = 3600


@dataclass(frozen=True)
class SweepPlan:
    """`cells` in the order in which they are measured, reused ones in their places. `tight` are
    those of them that need more than is free now: they are tried, and may be refused. `unknown`
    counts cells whose seconds cannot be told, which are in no sum, `rough` those whose seconds
    rest on nothing measured: a trial would tell them.
    """

    cells: tuple[PlannedCell, ...]
    too_large: tuple[TooLarge, ...] = ()
    tight: tuple[PlannedCell, ...] = ()

    @property
    def to_measure(self) -> tuple[PlannedCell, ...]:
        """The cells that are not reused."""
        return tuple(cell for cell in self.cells if cell.run_id is None)

    @property
    def reused(self) -> tuple[PlannedCell, ...]:
        """The cells for which a measured run is taken."""
        return tuple(cell for cell in self.cells if cell.run_id is not None)

    @property
    def seconds(self) -> Span:
        """All cells that are measured, together."""
        return _total(cell.seconds for cell in self.to_measure)

    @property
    def timed(self) -> Span:
        """Of these seconds warm-up and measuring."""
        return _total(cell.timed for cell in self.to_measure)

    @property
    def unknown(self) -> int:
        """How many cells' seconds cannot be told."""
        return sum(cell.seconds is None for cell in self.to_measure)

    @property
    def rough(self) -> int:
        """How many cells' seconds rest on nothing that was measured."""
        return sum(not cell.measured for cell in self.to_measure)

    @property
    def loads(self) -> int:
        """How many variants are loaded."""
        return sum(cell.loads for cell in self.cells)

    @property
    def peak(self) -> PlannedCell | None:
        """The cell that needs the most memory."""
        known = [cell for cell in self.to_measure if cell.peak_bytes is not None]
        return max(known, key=lambda cell: cell.peak_bytes or 0, default=None)


@dataclass(frozen=True)
class Affordable:
    """The cells, in order, that are expected to end within a budget, those that are not, and the
    seconds of the former; reused cells cost nothing.
    """

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
    taken (`core.analysis.forecast.evidence`), `measured` the runs that are reused, by spec id.
    """
    reused = measured or {}
    planner = Planner(environment, Evidence(evidence))
    too_large = [found for spec in cells if spec.id not in reused
                 and (found := planner.too_large(spec))]  # fmt: skip
    never = {found.spec.id for found in too_large}
    tried = [spec for spec in cells if spec.id not in never]
    planned = tuple(
        planner.next_cell(spec, reused.get(spec.id)) for spec in planner.in_order(tried, reused)
    )
    return SweepPlan(planned, tuple(too_large), tuple(filter(planner.is_tight, planned)))


def within(
    planned: SweepPlan,
    seconds: float | None = None,
    usd: float | None = None,
    usd_per_hour: float = 0.0,
) -> Affordable:
    """The cells that are expected to end within so many seconds and so much money, at a price
    per hour; None is no limit. A cell whose seconds are not known is expected to take none.
    """
    limits = [limit for limit in (seconds, _seconds_for(usd, usd_per_hour)) if limit is not None]
    most = min(limits, default=float("inf"))
    ends = accumulate(_likely_s(cell) for cell in planned.cells)
    fits = [cell.run_id is not None or end <= most
            for cell, end in zip(planned.cells, ends, strict=True)]  # fmt: skip
    kept = tuple(compress(planned.cells, fits))
    left_out = tuple(cell for cell, fit in zip(planned.cells, fits, strict=True) if not fit)
    return Affordable(kept, left_out, _total(cell.seconds for cell in kept if not cell.run_id))


def _likely_s(cell: PlannedCell) -> float:
    return cell.seconds.likely if cell.seconds and cell.run_id is None else 0.0


def _seconds_for(usd: float | None, usd_per_hour: float) -> float | None:
    """How long a device can be paid for; None where money is no limit."""
    if usd is None or usd_per_hour <= 0:
        return None
    return usd / usd_per_hour * SECONDS_PER_HOUR


def _total(spans: Iterable[Span | None]) -> Span:
    return sum((span for span in spans if span), NOTHING)
