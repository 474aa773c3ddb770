"""How long the rest of a sweep will take: the plan's estimate, corrected by the cells that ended.

A cell's own estimate is multiplied by how much longer than estimated the ended cells of its variant
took, as far as there are any, and by how much longer all took.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from core.analysis.forecast.span import NOTHING, Span
from core.experiments.sweeps.cells import Cell

PRIOR_CELLS = 1.0  # an estimate weighs as much as so many ended cells


@dataclass
class _Tally:
    """Seconds taken and estimated of the cells that ended, and how many they are."""

    taken_s: float = 0.0
    estimated_s: float = 0.0
    cells: int = 0

    def add(self, taken_s: float, estimated_s: float) -> None:
        """Count a cell that ended."""
        self.taken_s += taken_s
        self.estimated_s += estimated_s
        self.cells += 1

    def factor(self, prior: float) -> float:
        """Taken over estimated, drawn towards `prior` while few cells have ended."""
        if not self.estimated_s:
            return prior
        share = self.cells / (self.cells + PRIOR_CELLS)
        return float(prior ** (1 - share) * (self.taken_s / self.estimated_s) ** share)


@dataclass
class TimeLeft:
    """Learns from each cell that ends; `estimates` are the plan's, by spec id."""

    estimates: Mapping[str, Span | None]
    _all: _Tally = field(default_factory=_Tally)
    _variants: dict[str, _Tally] = field(default_factory=lambda: defaultdict(_Tally))
    _unforeseen: _Tally = field(default_factory=_Tally)

    def learn(self, cell: Cell, seconds: float) -> None:
        """A cell was measured in so many seconds."""
        estimate = self.estimates.get(cell.key)
        self._unforeseen.add(seconds, 1.0)
        if estimate is not None and estimate.likely > 0 and seconds > 0:
            self._all.add(seconds, estimate.likely)
            self._variants[cell.variant].add(seconds, estimate.likely)

    def of(self, cell: Cell) -> Span | None:
        """Seconds of one cell; None where nothing is known."""
        estimate = self.estimates.get(cell.key)
        if estimate is None:
            count = self._unforeseen.cells
            mean = self._unforeseen.taken_s / count if count else None
            return Span(mean / 3, mean, mean * 3) if mean else None
        tally = self._variants.get(cell.variant, _Tally())
        return estimate.times(tally.factor(prior=self._all.factor(prior=1.0)))

    def of_all(self, cells: Iterable[Cell]) -> Span | None:
        """Seconds of these cells together; None where one of them cannot be told."""
        total = NOTHING
        for cell in cells:
            seconds = self.of(cell)
            if seconds is None:
                return None
            total += seconds
        return total


def shared(seconds: Span, longest: Span, slots: int) -> Span:
    """How long so many slots take for all of it together: no less than for the longest part."""
    part = seconds.times(1 / max(slots, 1))
    return Span(
        max(part.low, longest.low), max(part.likely, longest.likely), max(part.high, longest.high)
    )
