"""Which law a growing time follows: a polynomial or an exponential.

Both are fitted by least squares to the shorter lengths alone and then foretell the longer ones,
which they have not seen; and both are compared by Akaike's criterion over all lengths. A law that
merely bends well fits what it has seen; the right one foretells.

    polynomial    a + b·n + c·n² [+ d·n³]      the degree with the lower criterion on what is fitted
    exponential   a·exp(k·n) [+ c]             k by search, the rest linear; with or without c, as
                                               above, so that a fixed cost does not count against it
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FITTED_SHARE = 2 / 3
FEWEST_POINTS = 8
CLEARLY = 1.25
RATES = 400
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Law:
    """One law with its parameters: of a polynomial the coefficients from the constant on, of an
    exponential `(a, k, c)`. `criterion` is Akaike's, over what it was fitted to.
    """

    formula: str
    parameters: tuple[float, ...]
    exponential: bool
    criterion: float

    def at(self, lengths: Floats) -> Floats:
        """Seconds at these lengths."""
        if self.exponential:
            a, k, c = self.parameters
            return np.asarray(a * np.exp(k * lengths) + c, dtype=np.float64)
        powers = [value * lengths**power for power, value in enumerate(self.parameters)]
        return np.asarray(np.sum(powers, axis=0), dtype=np.float64)


@dataclass(frozen=True)
class Growth:
    """Both laws. `*_error` is the root mean square of the relative errors on the held-out lengths,
    those from `split` on; `*_criterion` is Akaike's over all lengths, fitted to all.
    """

    polynomial: Law
    exponential: Law
    polynomial_error: float
    exponential_error: float
    polynomial_criterion: float
    exponential_criterion: float
    split: float

    @property
    def is_polynomial(self) -> bool | None:
        """Which law foretells clearly better and fits better; None where the errors lie within
        `CLEARLY` of each other, and where the two tests disagree.
        """
        better, worse = sorted((self.polynomial_error, self.exponential_error))
        foretells = self.polynomial_error < self.exponential_error
        fits = self.polynomial_criterion < self.exponential_criterion
        return foretells if foretells == fits and worse >= CLEARLY * better else None


def growth_of(lengths: Floats, seconds: Floats) -> Growth | None:
    """The two laws of seconds over lengths, both (points,) and growing; None where there are too
    few points to hold some out.
    """
    if len(lengths) < FEWEST_POINTS:
        return None
    split = int(len(lengths) * FITTED_SHARE)
    seen, unseen = slice(None, split), slice(split, None)
    polynomial = best_polynomial(lengths[seen], seconds[seen])
    exponential = best_exponential(lengths[seen], seconds[seen])
    return Growth(
        polynomial=polynomial,
        exponential=exponential,
        polynomial_error=_error(polynomial, lengths[unseen], seconds[unseen]),
        exponential_error=_error(exponential, lengths[unseen], seconds[unseen]),
        polynomial_criterion=best_polynomial(lengths, seconds).criterion,
        exponential_criterion=best_exponential(lengths, seconds).criterion,
        split=float(lengths[split]),
    )


def best_polynomial(lengths: Floats, seconds: Floats) -> Law:
    """Of degree 2 or 3."""
    laws = []
    for degree in (2, 3):
        columns = [lengths**power for power in range(degree + 1)]
        values, fitted = _least_squares(columns, seconds)
        formula = "a + b·n + c·n²" + (" + d·n³" if degree == 3 else "")
        criterion = _criterion(fitted - seconds, degree + 1)
        laws.append(Law(formula, tuple(values), exponential=False, criterion=criterion))
    return min(laws, key=lambda law: law.criterion)


def best_exponential(lengths: Floats, seconds: Floats) -> Law:
    """With a fixed cost or without. For each rate k the rest is linear, so k is simply searched,
    from a growth by a hundredth over all lengths to one by e^20.
    """
    laws = []
    for k in np.geomspace(0.01, 20, RATES) / float(lengths[-1]):
        rising = np.exp(k * lengths)
        for columns in ([rising], [rising, np.ones_like(lengths)]):
            values, fitted = _least_squares(columns, seconds)
            c = float(values[1]) if len(values) == 2 else 0.0
            formula = "a·exp(k·n)" + (" + c" if len(values) == 2 else "")
            criterion = _criterion(fitted - seconds, len(values) + 1)
            parameters = (float(values[0]), float(k), c)
            laws.append(Law(formula, parameters, exponential=True, criterion=criterion))
    return min(laws, key=lambda law: law.criterion)


def _least_squares(columns: list[Floats], seconds: Floats) -> tuple[Floats, Floats]:
    """The values of the columns' linear combination, and what it gives."""
    matrix = np.stack(columns, axis=1)
    scale = np.abs(matrix).max(axis=0)
    values = np.linalg.lstsq(matrix / scale, seconds, rcond=None)[0] / scale
    return values, matrix @ values


def _criterion(residuals: Floats, parameters: int) -> float:
    """Akaike's information criterion of a fit by least squares: n·ln(RSS / n) + 2·parameters."""
    count = len(residuals)
    square = max(float(np.mean(residuals**2)), np.finfo(np.float64).tiny)
    return count * float(np.log(square)) + 2 * parameters


def _error(law: Law, lengths: Floats, seconds: Floats) -> float:
    return float(np.sqrt(np.mean((law.at(lengths) / seconds - 1) ** 2)))
