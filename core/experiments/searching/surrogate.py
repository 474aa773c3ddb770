"""Guesses what cells would measure from those that were measured: a Gaussian process over levers.

The value of a cell is taken for a sum of what each lever does alone, and of what all do together
(Duvenaud, Nickisch and Rasmussen 2011, additive Gaussian processes): on a logarithmic scale latency
and throughput are nearly such sums. How much each part matters is not known beforehand, so many
settings are drawn, and those under which the measured values are likely give the guess.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.experiments.searching.features import Dimension, Numbers

DRAWS, KEPT = 96, 8
MOST_POINTS = 250
Places = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Guess:
    """Mean and standard deviation of each cell, (settings, cells), and the settings' weights."""

    mean: Numbers
    deviation: Numbers
    weights: Numbers


@dataclass(frozen=True)
class _Setting:
    """How much each lever does alone and all do together, how soon an ordered lever's effect
    changes, and the share of the values' variance that is noise.
    """

    alone: Numbers
    together: float
    mixing: Numbers
    length: Numbers
    noise: float


def guess(
    dims: Sequence[Dimension], cells: Sequence[int], values: Numbers, random: np.random.Generator
) -> Guess:
    """What all cells would measure, from the values of these cells; in the values' own unit."""
    known, told = np.array(cells[-MOST_POINTS:], dtype=np.intp), values[-MOST_POINTS:]
    middle, scale = float(told.mean()), float(told.std()) or 1.0
    standard = (told - middle) / scale
    settings = [_draw(len(dims), random) for _ in range(DRAWS)]
    likely = np.array([_log_likelihood(dims, s, known, standard) for s in settings])
    best = np.argsort(likely)[::-1][:KEPT]
    weights = np.exp(likely[best] - likely[best].max())
    found = [_predict(dims, settings[i], known, standard) for i in best]
    return Guess(
        mean=np.array([mean for mean, _ in found]) * scale + middle,
        deviation=np.array([deviation for _, deviation in found]) * scale,
        weights=weights / weights.sum(),
    )


def _draw(count: int, random: np.random.Generator) -> _Setting:
    return _Setting(
        alone=np.exp(random.normal(-0.5, 1.3, count)),
        together=float(np.exp(random.normal(-2.0, 1.0))),
        mixing=random.uniform(0.0, 0.9, count),
        length=np.exp(random.normal(0.0, 0.6, count)),
        noise=float(np.exp(random.normal(-5.5, 1.0))),
    )


def _kernel(dims: Sequence[Dimension], setting: _Setting, rows: Places, columns: Places) -> Numbers:
    """Covariances of cells, (rows, columns)."""
    total = np.zeros((len(rows), len(columns)))
    product = np.full_like(total, setting.together)
    for number, dim in enumerate(dims):
        apart = dim.places[rows][:, None] - dim.places[columns][None, :]
        if dim.ordered:
            alike = np.exp(-0.5 * (apart / setting.length[number]) ** 2)
        else:
            alike = (apart == 0).astype(float)
        total += setting.alone[number] * alike
        mixing = setting.mixing[number]
        product *= mixing + (1 - mixing) * alike
    return total + product


def _solved(
    dims: Sequence[Dimension], setting: _Setting, known: Places, values: Numbers
) -> tuple[Numbers, Numbers]:
    """The Cholesky factor of the known cells' covariance, and its solution for their values."""
    covariance = _kernel(dims, setting, known, known)
    covariance[np.diag_indices_from(covariance)] += setting.noise + 1e-8
    factor = np.linalg.cholesky(covariance)
    return np.asarray(factor), np.asarray(np.linalg.solve(factor, values))


def _log_likelihood(
    dims: Sequence[Dimension], setting: _Setting, known: Places, values: Numbers
) -> float:
    factor, solved = _solved(dims, setting, known, values)
    return float(-0.5 * solved @ solved - np.log(np.diag(factor)).sum())


def _predict(
    dims: Sequence[Dimension], setting: _Setting, known: Places, values: Numbers
) -> tuple[Numbers, Numbers]:
    factor, solved = _solved(dims, setting, known, values)
    everyone = np.arange(len(dims[0].places))
    across = np.linalg.solve(factor, _kernel(dims, setting, known, everyone))
    own = setting.alone.sum() + setting.together
    variance = np.maximum(own - (across**2).sum(axis=0), 1e-10)
    return across.T @ solved, np.sqrt(variance)
