"""What a sweep makes of its cells as they end: which is next, and which are not worth a run."""

from collections.abc import Mapping, Sequence

from core.analysis.deciding.objectives import Objective
from core.analysis.forecast.span import Span
from core.experiments.sweeps.beyond_doubt import BeyondDoubt
from core.experiments.sweeps.cells import MEASURED, Board, CellState
from core.experiments.sweeps.judging import chosen_objectives, known_objectives
from core.experiments.sweeps.order import AsPlanned, AsSearched, Order
from core.experiments.sweeps.sweep_request import SweepRequest
from core.experiments.sweeps.time_left import TimeLeft
from core.results.history import History
from core.results.types import Outcome, RunFailure, RunResult
from core.variants.spec import RunSpec


class Evaluation:
    """Over the cells of one sweep; its runner's alone."""

    def __init__(
        self, request: SweepRequest, specs: Sequence[RunSpec], board: Board, history: History
    ) -> None:
        self._request = request
        self._board = board
        self._history = history
        self._known = known_objectives(request)
        self._order = _order(request, specs, board, self._known)
        self._doubt = BeyondDoubt(chosen_objectives(request), request.price_per_hour)

    @property
    def _asks(self) -> bool:
        """Whether anything depends on what the cells gave."""
        return self._request.skip_dominated or self._request.search is not None

    def next(self, slot: str) -> RunSpec | None:
        """The slot's next cell to measure; None where none is left or wanted."""
        return self._order.next(slot)

    def leave(self, slot: str) -> None:
        """The slot takes no more cells."""
        self._order.leave(slot)

    def not_worth_a_run(self, spec: RunSpec) -> str | None:
        """Why the cell is left out, where that was asked for and is certain."""
        reason = self._doubt.reason(spec) if self._request.skip_dominated else None
        if reason:
            self._order.failed(spec)
        return reason

    def failed(self, spec: RunSpec) -> None:
        """The cell could not even begin."""
        self._order.failed(spec)

    def learn(self, spec: RunSpec, outcome: Outcome) -> None:
        """A cell was measured, or failed, on whichever of the like devices."""
        known = outcome.model_copy(update={"spec": spec})
        if isinstance(known, RunFailure):
            self._doubt.learn_failure(known)
            self._order.failed(spec)
        elif self._asks:
            self._learn_result(known)

    def learn_known(self) -> None:
        """Take in what was measured before, and what this sweep failed at."""
        for cell in self._board.cells():
            if cell.state in (CellState.FAILED, CellState.SKIPPED):
                self._order.failed(cell.spec)
        if self._asks:
            cells = {c.run_id: c for c in self._board.cells() if c.state in MEASURED and c.run_id}
            for run in self._history.in_full([*cells]).runs:
                if isinstance(run.outcome, RunResult):
                    self.learn(cells[run.run_id].spec, run.outcome)

    def left(self, time_left: TimeLeft) -> Span | None:
        """Seconds of the cells that are still to be measured; None where they cannot be told."""
        waiting = self._board.waiting()
        whole = time_left.of_all(waiting)
        search = self._request.search
        if search is None or whole is None or not waiting:
            return whole
        tried = self._board.tried() + len(self._board.running())
        trials = max(0, search.trials - tried)
        return whole.times(min(1.0, trials / len(waiting)))

    def _learn_result(self, result: RunResult) -> None:
        for candidate in self._history.candidates(self._keys(), run_ids=[result.run_id]):
            self._order.measured(result.spec, candidate)
            self._doubt.learn(result, candidate)

    def _keys(self) -> tuple[str, ...]:
        """The metrics that decide."""
        search = self._request.search
        wanted = (*self._request.objectives, *(search.ask.keys if search else ()))
        return tuple(dict.fromkeys(self._known[key].source for key in wanted))


def _order(
    request: SweepRequest,
    specs: Sequence[RunSpec],
    board: Board,
    known: Mapping[str, Objective],
) -> Order:
    if request.search is None:
        return AsPlanned(board)
    return AsSearched(board, specs, request.search, known)
