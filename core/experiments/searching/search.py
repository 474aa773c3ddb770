"""A search over the cells of a grid: which one to measure next, to come near the best soon.

Optuna keeps the trials (ask and tell); what it asks for comes from a sampler of our own. Optuna's
TPE takes levers for independent and needs tens of trials to begin with, where a grid's levers act
nearly as factors of one product: a Gaussian process of that shape (`surrogate`) learns it from few.

1. The first trials show every value of every lever as soon as they can.
2. Then each next cell is the one with the largest expected improvement (Jones, Schonlau and Welch
   1998) on the best so far, times the chance that it keeps all limits (Schonlau, Welch and Jones
   1998). As long as nothing keeps the limits, that chance alone decides.

No cell is asked twice, and none that failed or cannot run. The same seed asks the same.
"""

import math
from collections.abc import Sequence

import numpy as np

from core.experiments.searching.features import Dimension, Numbers, dimensions, spread_out
from core.experiments.searching.goal import Score
from core.experiments.searching.surrogate import Guess, guess
from core.variants.spec import RunSpec

FEWEST_FIRST = 5


class GridSearch:
    """Over these cells; not safe for several threads."""

    def __init__(self, specs: Sequence[RunSpec], higher_is_better: bool, seed: int = 0) -> None:
        from core.experiments.searching.optuna_study import CellStudy

        self._specs = tuple(specs)
        self._numbers = {spec.id: number for number, spec in enumerate(specs)}
        self._sign = -1.0 if higher_is_better else 1.0
        self._study = CellStudy(self._choose, len(self._specs))
        self._random = np.random.default_rng(seed)
        self._dims = dimensions(specs)
        self._first = spread_out(self._dims, first_trials(self._dims), self._random)
        self._scores: dict[int, Score] = {}
        self._closed: set[int] = set()
        self._busy: set[int] = set()

    def ask(self, busy: Sequence[RunSpec] = ()) -> RunSpec | None:
        """The next cell; None where none is left. The same again until something is told of it, or
        it is one of those that are `busy` being measured.
        """
        self._busy = {number for spec in busy if (number := self._numbers.get(spec.id)) is not None}
        if len(self._closed | self._busy) == len(self._specs):
            return None
        return self._specs[self._study.ask()]

    def tell(self, spec: RunSpec, score: Score) -> None:
        """A cell was measured, asked for or not; one that is not among these says nothing."""
        number = self._numbers.get(spec.id)
        if number is None:
            return
        self._closed.add(number)
        if score.value is not None:
            self._scores[number] = score
        self._study.tell(number, self._loss(score), score.feasible)

    def drop(self, spec: RunSpec) -> None:
        """A cell has no values and will have none."""
        number = self._numbers.get(spec.id)
        if number is None:
            return
        self._closed.add(number)
        self._study.tell(number, None, feasible=False)

    def _loss(self, score: Score) -> float | None:
        return None if score.value is None else self._sign * score.value

    def _choose(self) -> int:
        shut = self._closed | self._busy
        for number in self._first:
            if number not in shut:
                return number
        left = [number for number in range(len(self._specs)) if number not in shut]
        if not self._scores or not self._dims:
            return left[0]
        worth = self._worth()
        return max(left, key=lambda number: worth[number])

    def _worth(self) -> Numbers:
        """Of each cell: the chance that it keeps the limits, times what it is expected to improve;
        the chance alone as long as no cell has kept them.
        """
        cells = list(self._scores)
        chance = self._chance(cells)
        losses = on_one_scale([self._scores[cell].value for cell in cells], self._sign)
        feasible = [loss for loss, cell in zip(losses, cells, strict=True)
                    if self._scores[cell].feasible]  # fmt: skip
        if not feasible:
            return chance
        expected = guess(self._dims, cells, losses, self._random)
        return chance * improvement(expected, min(feasible))

    def _chance(self, cells: list[int]) -> Numbers:
        """That all limits are kept, taken one by one."""
        chance = np.ones(len(self._specs))
        count = len(self._scores[cells[0]].beyond)
        for limit in range(count):
            told = [(c, over) for c in cells if (over := self._scores[c].beyond[limit]) is not None]
            if told and any(over > 0 for _, over in told):
                values = np.array([over for _, over in told])
                chance *= below(guess(self._dims, [c for c, _ in told], values, self._random), 0.0)
        return chance


def first_trials(dims: Sequence[Dimension]) -> int:
    """How many cells show every value of every lever, and a few more than the levers are."""
    most_values = max((len(set(dim.places.tolist())) for dim in dims), default=1)
    return max(FEWEST_FIRST, most_values, len(dims) + 1)


def on_one_scale(values: Sequence[float | None], sign: float) -> Numbers:
    """Losses, the less the better; logarithms where all values are above 0."""
    numbers = np.array(values, dtype=float)
    return sign * (np.log(numbers) if numbers.min() > 0 else numbers)


def improvement(expected: Guess, best: float) -> Numbers:
    """Expected improvement of each cell on the best loss so far."""
    gain = best - expected.mean
    score = gain / expected.deviation
    each = gain * _normal_cdf(score) + expected.deviation * _normal_pdf(score)
    return np.asarray(expected.weights @ np.maximum(each, 1e-300))


def below(expected: Guess, limit: float) -> Numbers:
    """The chance that each cell lies below the limit."""
    return np.asarray(expected.weights @ _normal_cdf((limit - expected.mean) / expected.deviation))


def _normal_pdf(score: Numbers) -> Numbers:
    return np.asarray(np.exp(-0.5 * score**2) / math.sqrt(2 * math.pi))


def _normal_cdf(score: Numbers) -> Numbers:
    return np.asarray(0.5 * (1 + np.vectorize(math.erf, otypes=[float])(score / math.sqrt(2))))
