"""Fits a formula to measured steps, and says how well it foretells steps that it has not seen.

Least squares on the relative error, Σ ((fitted - measured) / measured)², so that short steps count
as much as long ones, with coefficients that are not negative (Lawson and Hanson 1974, chapter 23).
Samples of one shape count as their median. Of the forms that the samples allow, the one with the
smaller median error on shapes that were left out is taken.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.analysis.batching.formula import (
    Coefficient,
    Form,
    Formula,
    Ranges,
    Shape,
    length_of,
    ranges_of,
    size_of,
    terms,
)
from core.errors import RequestError
from core.results.serving import StepKind, StepSample
from core.results.statistics import median

LEAST_SHAPES = 3
MOST_KNOTS, APART = 12, 1.25
LEAST_SIZES_FOR_PIECES = 3
MOST_FOLDS = 20
Measured = tuple[Shape, float]  # a shape and the median of its seconds
Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Fit:
    """A fitted kind of step. Errors are shares, |fitted - measured| / measured, over shapes;
    `held_out_error` is the median error of shapes that were left out of the fit. `measured` is
    how far the measured steps reach.
    """

    kind: StepKind
    formula: Formula
    samples: int
    shapes: int
    median_error: float
    worst_error: float
    held_out_error: float
    measured: Ranges

    @property
    def batch_range(self) -> tuple[int, int]:
        """The (least, most) rows that were measured."""
        return _whole(self.measured.batch)

    @property
    def length_range(self) -> tuple[int, int]:
        """The same of prompt tokens, of DECODE of cached ones."""
        return self.context_range if self.kind is StepKind.DECODE else _whole(self.measured.prompt)

    @property
    def context_range(self) -> tuple[int, int]:
        """The same of cached tokens: in all of MIXED, of each row of DECODE."""
        return _whole(self.measured.context)

    @property
    def form(self) -> Form:
        """Which form foretold better."""
        return self.formula.form

    @property
    def coefficients(self) -> tuple[Coefficient, ...]:
        """All numbers of the formula, named."""
        return self.formula.coefficients

    def seconds(self, batch: float, prompt_tokens: float, context_tokens: float) -> float:
        """The fitted time of a step, as in StepSample."""
        return self.formula.seconds(Shape(batch, prompt_tokens, context_tokens))


def fit_steps(kind: StepKind, samples: Sequence[StepSample]) -> Fit:
    """The form that foretells best. Raises RequestError for fewer than three shapes."""
    of_kind = [sample for sample in samples if sample.kind is kind]
    measured = _medians(of_kind)
    if len(measured) < LEAST_SHAPES:
        reason = f"{kind} steps of {len(measured)} shapes say too little."
        raise RequestError("calibration", kind, reason, (f"at least {LEAST_SHAPES} shapes",))
    held_out = {form: _held_out_error(kind, form, measured) for form in _forms(kind, measured)}
    form = min(held_out, key=lambda form: held_out[form])
    formula = _fitted(kind, form, measured)
    errors = _errors(formula, measured)
    return Fit(
        kind,
        formula,
        samples=len(of_kind),
        shapes=len(measured),
        median_error=float(np.median(errors)),
        worst_error=max(errors),
        held_out_error=held_out[form],
        measured=ranges_of([shape for shape, _ in measured]),
    )


def _whole(ends: tuple[float, float]) -> tuple[int, int]:
    return round(ends[0]), round(ends[1])


def _medians(samples: Sequence[StepSample]) -> list[Measured]:
    by_shape: defaultdict[Shape, list[float]] = defaultdict(list)
    for sample in samples:
        shape = Shape(sample.batch, sample.prompt_tokens, sample.context_tokens)
        by_shape[shape].append(sample.seconds)
    return [(shape, median(seconds) or 0.0) for shape, seconds in by_shape.items()]


def _forms(kind: StepKind, measured: Sequence[Measured]) -> Iterator[Form]:
    """Those that the shapes allow: pieces need three sizes, each with two lengths."""
    yield Form.ONE_FORMULA
    lengths: defaultdict[float, set[float]] = defaultdict(set)
    for shape, _ in measured:
        lengths[size_of(kind, shape)].add(length_of(kind, shape))
    enough = kind is StepKind.MIXED or min(map(len, lengths.values())) > 1
    if len(lengths) >= LEAST_SIZES_FOR_PIECES and enough:
        yield Form.PIECES


def _fitted(kind: StepKind, form: Form, measured: Sequence[Measured]) -> Formula:
    knots = _knots([size_of(kind, shape) for shape, _ in measured]) if form is Form.PIECES else ()
    rows = np.array([terms(kind, form, knots, shape) for shape, _ in measured])
    seconds = np.array([seconds for _, seconds in measured])
    values = nonnegative_least_squares(rows / seconds[:, None], np.ones(len(measured)))
    return Formula(kind, form, knots, tuple(map(float, values)))


def _knots(sizes: Sequence[float]) -> tuple[float, ...]:
    """All sizes that lie a quarter apart, or further where those are too many: kernels are uneven
    where few tokens are, and sizes that nearly coincide say nothing apart.
    """
    known, apart = sorted(set(sizes)), APART
    while len(knots := _thinned(known, apart)) > MOST_KNOTS:
        apart *= APART
    return knots


def _thinned(known: Sequence[float], apart: float) -> tuple[float, ...]:
    """Those of the sorted sizes, from the smallest on, that are so many times the one before; the
    largest in place of one that is too near to it.
    """
    kept = [known[0]]
    for size in known[1:]:
        if size >= apart * kept[-1]:
            kept.append(size)
    if kept[-1] != known[-1] and len(kept) > 1:
        kept.pop()
    return tuple(dict.fromkeys([*kept, known[-1]]))


def _held_out_error(kind: StepKind, form: Form, measured: Sequence[Measured]) -> float:
    """Median error of shapes that a fit has not seen: each by itself, or in folds if many."""
    folds = min(len(measured), MOST_FOLDS)
    errors: list[float] = []
    for fold in range(folds):
        seen = [one for index, one in enumerate(measured) if index % folds != fold]
        errors += _errors(_fitted(kind, form, seen), measured[fold::folds])
    return float(np.median(errors))


def _errors(formula: Formula, measured: Sequence[Measured]) -> list[float]:
    return [abs(formula.seconds(shape) - seconds) / seconds for shape, seconds in measured]


def nonnegative_least_squares(rows: Matrix, wanted: Matrix) -> Matrix:
    """The x >= 0 that makes |rows · x - wanted| least; rows (n, k), wanted (n,), x (k,). Columns
    are scaled to one length first, since tokens squared dwarf a constant.
    """
    scale = np.linalg.norm(rows, axis=0)
    scale[scale == 0] = 1.0
    scaled = rows / scale
    x, free = np.zeros(rows.shape[1]), np.zeros(rows.shape[1], dtype=bool)
    for _ in range(3 * rows.shape[1]):
        gain = np.where(free, -np.inf, scaled.T @ (wanted - scaled @ x))
        if free.all() or gain.max() <= 1e-10:
            break
        free[gain.argmax()] = True
        x = _feasible(scaled, wanted, x, free)
    result: Matrix = x / scale
    return result


def _feasible(scaled: Matrix, wanted: Matrix, x: Matrix, free: NDArray[np.bool_]) -> Matrix:
    """Least squares over the free columns; those that would turn negative are freed no longer, one
    after the other, on the way from `x`.
    """
    while True:
        target = np.zeros_like(x)
        target[free] = np.linalg.lstsq(scaled[:, free], wanted, rcond=None)[0]
        negative = free & (target <= 0)
        if not negative.any():
            return target
        step = np.min(x[negative] / (x[negative] - target[negative]))
        x = x + step * (target - x)
        free &= x > 1e-12
        x[~free] = 0.0
