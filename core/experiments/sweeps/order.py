"""In which order the cells of a sweep are measured: the plan's, or as a search asks for them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Protocol

from core.analysis.deciding.objectives import Objective
from core.experiments.searching.goal import score, wanted
from core.experiments.searching.search import GridSearch
from core.experiments.sweeps.cells import Board
from core.experiments.sweeps.sweep_request import Search
from core.results.candidate import Candidate
from core.variants.spec import RunSpec

WORTH_A_LOAD = 2  # so many open cells of a variant are worth that another slot loads it too


class Order(Protocol):
    """Says which cell is next."""

    def next(self, slot: str) -> RunSpec | None:
        """The slot's next cell that is still open; None where none is left or wanted."""

    def leave(self, slot: str) -> None:
        """The slot takes no more cells."""

    def measured(self, spec: RunSpec, candidate: Candidate) -> None:
        """A cell has values."""

    def failed(self, spec: RunSpec) -> None:
        """A cell has none, and will have none."""


class AsPlanned:
    """Each cell in its place, apart from this: a slot keeps to the variant that it holds, so that
    few slots load the same one. One that is free takes part in another's variant where enough
    cells of it are left.
    """

    def __init__(self, board: Board) -> None:
        self._board = board
        self._held: dict[str, str] = {}

    def next(self, slot: str) -> RunSpec | None:
        """The first open one of the slot's variant, or of one that it begins with."""
        waiting = self._board.waiting()
        variant = self._variant_for(slot, Counter(cell.variant for cell in waiting))
        if variant is None:
            return None
        self._held[slot] = variant
        return next(cell.spec for cell in waiting if cell.variant == variant)

    def leave(self, slot: str) -> None:
        """Its variant is nobody's now."""
        self._held.pop(slot, None)

    def _variant_for(self, slot: str, left: Counter[str]) -> str | None:
        """`left` counts the open cells of each variant, in their order."""
        own = self._held.get(slot)
        if own is not None and left[own]:
            return own
        others = {variant for key, variant in self._held.items() if key != slot}
        free = next((variant for variant in left if variant not in others), None)
        if free is not None:
            return free
        most = max(left, key=lambda variant: left[variant], default=None)
        return most if most is not None and left[most] >= WORTH_A_LOAD else None

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

    def next(self, slot: str) -> RunSpec | None:  # noqa: ARG002 - the best cell, wherever
        """The search's next cell, unless all its trials are used."""
        running = self._board.running()
        if self._board.tried() + len(running) >= self._trials:
            return None
        return self._search.ask([cell.spec for cell in running])

    def leave(self, slot: str) -> None:
        """Changes nothing."""

    def measured(self, spec: RunSpec, candidate: Candidate) -> None:
        """Tell the search how good it is."""
        self._search.tell(spec, score(self._ask, candidate, self._known))

    def failed(self, spec: RunSpec) -> None:
        """Tell the search to ask for it no more."""
        self._search.drop(spec)
