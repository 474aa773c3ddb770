"""In which order the cells of a sweep are measured: the plan's, or as a search asks for them."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from core.analysis.deciding.objectives import Objective
from core.experiments.searching.goal import score, wanted
from core.experiments.searching.search import GridSearch
from core.experiments.sweeps.cells import Board
from core.experiments.sweeps.sweep_request import Search
from core.results.candidate import Candidate
from core.variants.spec import RunSpec


class Order(Protocol):
    """Says which cell is next."""

    def next(self) -> RunSpec | None:
        """The next cell that is still open; None where none is left or wanted."""

    def measured(self, spec: RunSpec, candidate: Candidate) -> None:
        """A cell has values."""

    def failed(self, spec: RunSpec) -> None:
        """A cell has none, and will have none."""


class AsPlanned:
    """Each cell in its place."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def next(self) -> RunSpec | None:
        """The first open one."""
        return self._board.first_waiting()

    def measured(self, spec: RunSpec, candidate: Candidate) -> None:
        """Changes nothing."""

    def failed(self, spec: RunSpec) -> None:
        """Changes nothing."""


class AsSearched:
    """What the search asks for, as long as it may have trials."""

    def __init__(
        self,
        board: Board,
        specs: Sequence[RunSpec],
        search: Search,
        known: Mapping[str, Objective],
    ) -> None:
        self._board = board
        self._trials = search.trials
        self._ask = search.ask
        self._known = known
        higher_is_better = known[self._ask.goal].higher_is_better
        eligible = [spec for spec in specs if wanted(spec, self._ask.conditions)]
        self._search = GridSearch(eligible, higher_is_better, search.seed)

    def next(self) -> RunSpec | None:
        """The search's next cell, unless all its trials are used."""
        if self._board.tried() >= self._trials:
            return None
        return self._search.ask()

    def measured(self, spec: RunSpec, candidate: Candidate) -> None:
        """Tell the search how good it is."""
        self._search.tell(spec, score(self._ask, candidate, self._known))

    def failed(self, spec: RunSpec) -> None:
        """Tell the search to ask for it no more."""
        self._search.drop(spec)
