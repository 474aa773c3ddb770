"""The cells of a sweep as they stand: waiting, running, measured, or why not."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from core.experiments.run_end import RunEnd
from core.variants.spec import RunSpec


class CellState(StrEnum):
    """How a cell stands. A skipped cell is left out for a reason that is certain; a reused one had
    been measured before.
    """

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    REUSED = "reused"
    FAILED = "failed"
    SKIPPED = "skipped"


MEASURED = (CellState.DONE, CellState.REUSED)


@dataclass(frozen=True)
class Cell:
    """One cell. `key` is its spec's id, told once since telling takes a while, `variant` its
    variant's; `run_id` is of its run once it was submitted, `reason` says why it failed or was
    skipped, `seconds` are what it took, None until it ended or where it was reused; `slot` is the
    one that measures or measured it, where the sweep is spread over several.
    """

    spec: RunSpec
    key: str
    variant: str
    state: CellState = CellState.WAITING
    run_id: str | None = None
    reason: str = ""
    seconds: float | None = None
    slot: str = ""


class Board:
    """The cells of one sweep, changed by its runner and read by any thread."""

    def __init__(self, specs: Iterable[RunSpec]) -> None:
        cells = [Cell(spec, spec.id, spec.variant.id) for spec in specs]
        self._cells = {cell.key: cell for cell in cells}
        self._lock = threading.Lock()

    def cells(self) -> tuple[Cell, ...]:
        """All cells in the order in which they are measured."""
        with self._lock:
            return tuple(self._cells.values())

    def cell(self, spec: RunSpec) -> Cell:
        """The cell of a spec."""
        return self._cells[spec.id]

    def waiting(self) -> tuple[Cell, ...]:
        """The cells that are still open."""
        return tuple(cell for cell in self.cells() if cell.state is CellState.WAITING)

    def running(self) -> tuple[Cell, ...]:
        """The cells that are being measured."""
        return tuple(cell for cell in self.cells() if cell.state is CellState.RUNNING)

    def tried(self) -> int:
        """How many cells this sweep has measured, or failed to."""
        tried = (CellState.DONE, CellState.FAILED)
        return sum(cell.state in tried for cell in self.cells())

    def run_ids(self) -> tuple[str, ...]:
        """The runs of the measured cells."""
        return tuple(c.run_id for c in self.cells() if c.state in MEASURED and c.run_id)

    def reuse(self, spec: RunSpec, run_id: str) -> None:
        """The cell was measured before."""
        self._change(spec, state=CellState.REUSED, run_id=run_id)

    def claim(self, spec: RunSpec, slot: str) -> None:
        """The cell is the next one of that slot."""
        self._change(spec, state=CellState.RUNNING, slot=slot)

    def begin(self, spec: RunSpec, run_id: str) -> None:
        """The cell's run was submitted."""
        self._change(spec, state=CellState.RUNNING, run_id=run_id)

    def end(self, spec: RunSpec, end: RunEnd) -> None:
        """The cell's run is over, in this sitting or an earlier one."""
        state = CellState.FAILED if end.failure else CellState.DONE
        self._change(spec, state=state, run_id=end.run_id, reason=end.reason, seconds=end.seconds)

    def refuse(self, spec: RunSpec, reason: str) -> None:
        """The cell could not be submitted: a failure without a run."""
        self._change(spec, state=CellState.FAILED, reason=reason)

    def skip(self, spec: RunSpec, reason: str) -> None:
        """The cell is left out, for that reason."""
        self._change(spec, state=CellState.SKIPPED, reason=reason)

    def reopen(self, spec: RunSpec) -> None:
        """The cell's run was cancelled with the sweep: it is open again."""
        self._change(spec, state=CellState.WAITING, run_id=None)

    def _change(self, spec: RunSpec, **changes: object) -> None:
        with self._lock:
            self._cells[spec.id] = replace(self._cells[spec.id], **changes)  # type: ignore[arg-type]
